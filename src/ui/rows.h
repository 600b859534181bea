/*
 * Lines of a page that are made in one go: a name on the left, a value, which may be wire text, on the right. The
 * sub-views of a message are made of these.
 */
#ifndef WEIR_SRC_UI_ROWS_H
#define WEIR_SRC_UI_ROWS_H

#include "weir/flow/flow.h"

enum row_tone {
  ROW_PLAIN,
  ROW_TITLE,
  ROW_SAID, /* weir's own words beside what was sent */
  ROW_HINT, /* the same, of something that can be done */
  ROW_GOOD,
  ROW_BAD,
};

/* name.n 0: it goes on with what the row before is about. Both empty: an empty line. */
typedef void row_fn(void *arg, struct slice name, struct slice value, enum row_tone tone);

struct rows {
  row_fn *put;
  void *arg;
  int64_t now_s; /* wall clock: what is over by now */
  bool redact, ascii;
};

void rows_put(const struct rows *rows, struct slice name, struct slice value);
/* A value that is not for others to see, where `redact` says so. */
void rows_secret(const struct rows *rows, struct slice name, struct slice value);
void rows_title(const struct rows *rows, const char *text);
void rows_say(const struct rows *rows, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rows_hint(const struct rows *rows, const char *text);
void rows_warn(const struct rows *rows, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rows_gap(const struct rows *rows);

/* "in 3 days", "2 hours ago" */
char *rows_when(int64_t then_s, int64_t now_s, char out[48]);

/* The fields of a message, each with what it means and what is odd about it. */
void header_rows(const struct rows *rows, const struct flow *f, enum flow_side side, bool sent);
/* What is odd about a field, as a sentence each. */
void header_warnings(const struct rows *rows, const struct flow *f, enum flow_side side, const struct http_head *head,
                     const struct http_field *field);
void cookie_rows(const struct rows *rows, const struct flow *f, enum flow_side side, bool sent);
bool has_cookies(const struct flow *f);
/* Of a Set-Cookie field. */
void cookie_warnings(const struct rows *rows, const struct flow *f, struct slice value);
/* The query, and the fields of a form that was sent. `plain`: the decoded body, as far as it goes. */
void query_rows(const struct rows *rows, const struct flow *f, bool sent, struct slice plain);
/* Where the time went, part by part, with bars `columns` wide; what a person paused stands apart from the server's own.
 * now: monotonic ns, for flows that still run. */
void timing_rows(const struct rows *rows, const struct flow *f, uint64_t now, unsigned columns, bool ascii);
/* "Query", "Form", "Multipart": what there is; NULL: nothing. */
const char *query_name(const struct flow *f, bool sent);

#endif
