/*
 * What weir and the worker of a rule (pipe worker) say to each other: a JSON object on a line of its own, each way.
 *
 *   {"id":7,"flow":12,"side":"request","method":"POST","url":"http://a.test/x","version":"1.1",
 *    "headers":[["Host","a.test"],["A","1"],["A","2"]],"body":"text"}
 *   {"id":8,"flow":12,"side":"response","status":200,"reason":"OK","version":"1.1","headers":[...],
 *    "body_base64":"AAEC","request":{"method":"POST","url":"http://a.test/x","version":"1.1","headers":[...]}}
 *
 * A body has no content coding and no framing; what is no UTF-8 stands as NAME_base64, in a list as {"base64":"..."}.
 * The reply has the id and what is to change: method, url, status, reason, headers (all of them), body or body_base64;
 * instead of that answer {status, headers, body} or drop true; with any of these note and tag. All else of the message may
 * stand in it, so that a worker can give back the object that it got.
 */
#ifndef WEIR_RULE_WORKER_H
#define WEIR_RULE_WORKER_H

#include "weir/rule/hook.h"

#define WORKER_LINE_MAX ((size_t)RULE_BODY_MAX * 4) /* a body of RULE_BODY_MAX, much of it escaped */

enum worker_part {
  WORKER_ID,
  WORKER_METHOD,
  WORKER_URL,
  WORKER_STATUS,
  WORKER_REASON,
  WORKER_HEADERS,
  WORKER_BODY,
  WORKER_BODY_BASE64,
  WORKER_ANSWER,
  WORKER_DROP,
  WORKER_NOTE,
  WORKER_TAG,
  WORKER_PARTS,
};

struct worker_reply {
  uint64_t id;                     /* from 1; 0: it could not be read */
  struct slice part[WORKER_PARTS]; /* JSON, as it stands in the line; empty: it is not there, or null */
};

/* Appends the line of one message, its end included. False, with a sentence: its body is not there whole, is too long or
 * cannot be decoded. */
bool worker_message(struct flow *f, enum flow_side side, uint64_t id, struct buf *out, struct err *err);
/* Reads a line strictly; it has to outlive *reply. False: it is no reply, but reply->id is set where that could be read. */
bool worker_reply_read(struct slice line, struct worker_reply *reply, struct err *err);

#endif
