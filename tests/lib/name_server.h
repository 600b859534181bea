/* A name server on loopback, on the loop of the test: it answers, refuses, or says nothing. Include after cmocka.h. */
#ifndef WEIR_TESTS_NAME_SERVER_H
#define WEIR_TESTS_NAME_SERVER_H

#include "weir/io/address.h"
#include "weir/io/loop.h"

enum name_server_code { CODE_OK = 0, CODE_NXDOMAIN = 3, CODE_REFUSED = 5, SILENT = -1 };

struct name_server {
  struct loop *loop;
  int fd; /* -1: stopped */
  struct address at;
  int code[2];    /* for AAAA, A; SILENT: no answer at all */
  int records[2]; /* how many addresses */
  int asked[2];
  char list[64]; /* as c-ares takes it */
};

/* Zeroed before; code and records may be changed at any time. */
void name_server_start(struct name_server *s, struct loop *loop);
void name_server_stop(struct name_server *s); /* fine when it is stopped */

#endif
