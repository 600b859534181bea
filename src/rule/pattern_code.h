/* What a pattern is made of, for the files that run it: pattern.c on all of a subject, pattern_stream.c on its pieces. */
#ifndef WEIR_SRC_RULE_PATTERN_CODE_H
#define WEIR_SRC_RULE_PATTERN_CODE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rule/pattern.h"

struct pattern {
  unsigned refs;
  pcre2_code *code; /* NULL: the bytes of `from` */
  pcre2_match_data *match;
  pcre2_match_context *limits;
  char *from, *to;
  size_t from_n, to_n;
  bool flows;        /* pattern_flows() */
  size_t looks_back; /* so many bytes before the place where it is looked for have to be there */
};

/* Appends what takes the place of the match that was just found, looked for from `at`; false: it is longer than `max`. */
bool pattern_put(const struct pattern *p, struct slice subject, size_t at, size_t max, struct buf *out);

/* pattern_scan.c. Can the regular expression be judged in pieces of a subject? *looks_back as above. */
bool pattern_scan(const pcre2_code *code, struct slice regex, size_t *looks_back);

#endif
