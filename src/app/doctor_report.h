/*
 * What doctor found: a line each, with the cure where there is one.
 */
#ifndef WEIR_APP_DOCTOR_REPORT_H
#define WEIR_APP_DOCTOR_REPORT_H

#include "weir/app/doctor.h"
#include "weir/app/option.h"
#include "weir/tls/authority.h"

enum finding { FOUND_GOOD, FOUND_NOTE, FOUND_WRONG };

struct report {
  const struct options *options;
  struct buf out;
  unsigned wrong;
  struct buf authority; /* weir's certificate, PEM; empty: there is none */
  bool led_here;        /* programs of this shell go through weir */
};

/* `cure` NULL: none is needed. The text may hold anything: it passes the sanitiser. */
void report_add(struct report *r, enum finding finding, const char *what, const char *cure, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

void doctor_port(struct report *r);
void doctor_authority(struct report *r);
void doctor_environment(struct report *r);
struct loop;
struct resolver;
void doctor_name(struct report *r, struct loop *loop, struct resolver *resolver, const char *name);
void doctor_names(struct report *r); /* the same with the system's resolver, for a name that is always there */
void doctor_limits(struct report *r);
void doctor_terminal(struct report *r, const struct doctor_screen *screen);

#endif
