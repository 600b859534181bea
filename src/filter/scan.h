/*
 * Looking for something in a body a piece at a time, so that a huge one holds no turn for long: the body is decoded and
 * searched in parts of PART bytes. A regular expression finds every match that is at most PART long wherever it lies;
 * in a body of more than 2 * PART a longer one may be missed. A pattern that looks ahead or asks for the end
 * (regex_wants_all()) is searched once, over all of the body, after that was gathered piece by piece, or its first 64 MB. Of what is coded the first
 * gigabyte is searched.
 */
#ifndef WEIR_FILTER_SCAN_H
#define WEIR_FILTER_SCAN_H

#include "weir/base/buf.h"
#include "weir/flow/flow.h"

#define SCAN_PART (64u * 1024)

struct body_decoder;
struct json_path;
struct json_walk;
struct regex;

struct scan {
  bool running;
  const struct flow_message *message;
  const struct regex *regex;    /* what is looked for: this, */
  const struct json_path *path; /* or this */
  struct json_walk *walk;
  struct body_decoder *decoder; /* NULL: the body is searched as it is */
  uint64_t taken;               /* raw bytes */
  bool decoded;                 /* something came out of the decoder */
  bool ended;                   /* no more comes into the window */
  struct buf window;
  size_t from;     /* where in it to go on */
  size_t stride;   /* so many places at once may a match begin at; 0: all */
  unsigned limits; /* places at which the pattern ran into its limit */
};

/* One of regex and path. Nothing of the flow may change until it is over or stopped. */
void scan_start(struct scan *s, const struct flow_message *message, const struct regex *regex,
                const struct json_path *path);
/* 1 found, 0 not there, -1: the deadline (clock_mono()) has come, go on later. One part at least is looked at. */
int scan_step(struct scan *s, uint64_t deadline, bool *limit_hit);
void scan_stop(struct scan *s);
void scan_clear(struct scan *s);

#endif
