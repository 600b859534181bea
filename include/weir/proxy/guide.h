/*
 * How each system and runtime is pointed at weir and made to trust it: the steps that weir's own page and its setup
 * screen show. {proxy} stands for "127.0.0.1:8888", {port} for its port, {ca} for the certificate's file, {tag} for the
 * name that weir gives it in stores, {run}, {install} and {weir} for what a person types to start this weir so.
 */
#ifndef WEIR_PROXY_GUIDE_H
#define WEIR_PROXY_GUIDE_H

#include "weir/base/buf.h"

enum guide_kind { GUIDE_SYSTEM, GUIDE_BROWSER, GUIDE_DEVICE, GUIDE_RUNTIME };

struct guide_row {
  enum guide_kind kind;
  const char *name;  /* "Debian, Ubuntu" */
  const char *steps; /* lines with "\n" between them; one that begins with a blank is to be typed */
};
extern const struct guide_row guide_table[];
extern const size_t guide_table_n;

struct guide_place {
  const char *proxy; /* "127.0.0.1:8888" */
  uint16_t port;
  const char *ca;  /* "ca.pem" where it was just downloaded, or a path, quoted where a shell needs it */
  const char *tag; /* "weir-9f3152aa01cd" */
  const char *weir, *run, *install, *show; /* "weir", "weir run", "weir ca install", "weir ca" */
};
/* The row's steps with everything filled in. */
void guide_steps(struct buf *out, const struct guide_row *row, const struct guide_place *place);

#endif
