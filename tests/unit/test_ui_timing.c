/* Where the time went: each part stands where it lay, and what a person paused is told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "ui/rows.h"
#include "weir/base/clock.h"

static void collect(void *arg, struct slice name, struct slice value, enum row_tone tone) {
  (void)tone;
  buf_printf(arg, "%.*s|%.*s\n", (int)name.n, name.n ? name.p : "", (int)value.n, value.n ? value.p : "");
}

static char *timing(const struct flow *f, uint64_t now) {
  struct buf out = BUF_INIT;
  struct rows rows = {.put = collect, .arg = &out};
  timing_rows(&rows, f, now, 20, true);
  return buf_take(&out);
}

static struct flow *timed(void) {
  struct flow *f = build_get("/x");
  f->wall_us = UINT64_C(1795431667103000);
  f->times.start = CLOCK_S;
  f->times.name_ns = 100 * CLOCK_MS;
  f->times.connect_ns = 100 * CLOCK_MS;
  f->times.tls_ns = 200 * CLOCK_MS;
  f->times.request_sent = CLOCK_S + 400 * CLOCK_MS;
  f->times.request_end = f->times.start;
  f->times.first_byte = CLOCK_S + 800 * CLOCK_MS;
  f->times.end = CLOCK_S + 1000 * CLOCK_MS;
  f->response.body.seen = 200000;
  return f;
}

static void parts_stand_where_they_lay(void **state) {
  struct flow *f = timed();
  char *text = timing(f, 0);
  (void)state;
  assert_non_null(strstr(text, "Began|2026-11-23T11:01:07.103Z"));
  assert_non_null(strstr(text, "Name|   100ms  ##.................."));
  assert_non_null(strstr(text, "Connect|   100ms  ..##................"));
  assert_non_null(strstr(text, "TLS|   200ms  ....####............"));
  assert_non_null(strstr(text, "Waiting|   400ms  ........########....  for the first byte"));
  assert_non_null(strstr(text, "Answer|   200ms  ................####  "));
  assert_non_null(strstr(text, "/s"));
  assert_non_null(strstr(text, "In all|   1.00s  ####################"));
  assert_null(strstr(text, "Paused"));
  free(text);
  flow_free(f);
}

static void a_pause_is_told_apart(void **state) {
  struct flow *f = timed();
  (void)state;
  f->times.paused_ns = 600 * CLOCK_MS;
  char *text = timing(f, 0);
  assert_non_null(strstr(text, "Paused|600ms"));
  assert_non_null(strstr(text, "Without it|400ms"));
  free(text);
  flow_free(f);
}

static void what_still_waits(void **state) {
  struct flow *f = timed();
  (void)state;
  f->state = FLOW_WAITING;
  f->times.first_byte = f->times.end = 0;
  char *text = timing(f, CLOCK_S + 2400 * CLOCK_MS);
  assert_non_null(strstr(text, "Waiting|   2.00s"));
  assert_non_null(strstr(text, "so far"));
  assert_non_null(strstr(text, "So far|   2.40s"));
  free(text);
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_stand_where_they_lay),
      cmocka_unit_test(a_pause_is_told_apart),
      cmocka_unit_test(what_still_waits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
