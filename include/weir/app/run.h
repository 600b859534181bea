/*
 * `weir run`: starts a command whose requests pass through weir, with proxy and certificate variables for all the
 * runtimes that have some. The command begins when the loop turns. Flows of its connections, and of those of the
 * processes that it starts, carry its name as their note.
 *
 * Without a screen the command has weir's own standard streams and the terminal, weir's lines go to stderr, signals are
 * passed on, and weir ends with the command. With a screen the command's output goes into the log, it has a session of
 * its own and so no terminal, and weir stays until the person quits.
 */
#ifndef WEIR_APP_RUN_H
#define WEIR_APP_RUN_H

#include "weir/app/weir.h"

struct run;

struct run *run_new(struct weir *w);
/* Ends the command where it still runs, and removes what was made for it. Its exit status, or 128 + the signal; 127: it
 * could not be started. */
int run_close(struct run *r);

/* The variables, NULL-terminated, to be freed with run_environment_free(). */
struct run_place {
  const char *proxy;      /* "127.0.0.1:8888", "[::1]:8888"; with "USER:PASSWORD@" before it where clients are asked */
  const char *host;       /* of it, without brackets */
  uint16_t port;          /* of it */
  const char *ca;         /* weir's certificate, PEM; NULL: HTTPS is not read, nothing about certificates is set */
  const char *bundle;     /* the system's authorities and weir's */
  const char *truststore; /* the same for a JVM: PKCS12, password "changeit"; NULL: none */
  const char *wgetrc;     /* which names the bundle for wget; NULL: none */
  const char *node;       /* what Node is to read first; NULL: nothing */
  const char *mark;       /* "WEIR_RUN=...": what is started with it belongs to this run; NULL: none */
  /* what JAVA_TOOL_OPTIONS, NODE_OPTIONS and GIT_CONFIG_COUNT hold already; NULL: nothing */
  const char *java_options, *node_options, *git_count;
};
char **run_environment(const struct run_place *place);
void run_environment_free(char **list);

#endif
