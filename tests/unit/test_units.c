/* Sizes, durations, times of day and the error sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "weir/base/clock.h"
#include "weir/base/units.h"

static void reads_sizes(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t bytes;
  } good[] = {
      {"0", 0},
      {"500000", 500000},
      {"64k", 65536},
      {"256M", UINT64_C(268435456)},
      {"1.5M", 1572864},
      {".5k", 512},
      {"2G", UINT64_C(2147483648)},
      {" 1 MiB ", 1048576},
      {"10kb", 10240},
      {"18446744073709551615", UINT64_MAX},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    uint64_t bytes = 1;
    assert_true(units_parse_size(slice_of(good[i].text), &bytes, NULL));
    assert_true(bytes == good[i].bytes);
  }
}

static void reads_durations(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t ns;
  } good[] = {
      {"10", 10 * CLOCK_S},   {"1.5s", 1500 * CLOCK_MS}, {"250ms", 250 * CLOCK_MS}, {"2m", 120 * CLOCK_S},
      {"1h", 3600 * CLOCK_S}, {"0.25", 250 * CLOCK_MS},  {"30us", 30 * CLOCK_US},   {"0", 0},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    uint64_t ns = 1;
    assert_true(units_parse_duration(slice_of(good[i].text), &ns, NULL));
    assert_true(ns == good[i].ns);
  }
}

static void refuses_in_words(void **state) {
  (void)state;
  static const char *const bad[] = {
      "", " ", ".", "k", "-1", "1x", "1 2", "1e3", "1..2", "99999999999999999999", "99999999999G"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct err err = ERR_INIT;
    uint64_t value = 42;
    assert_false(units_parse_size(slice_of(bad[i]), &value, &err));
    assert_true(value == 42);
    assert_true(strlen(err.text) > 10);
  }
  struct err err = ERR_INIT;
  uint64_t ns;
  assert_false(units_parse_duration(SLICE("10parsecs"), &ns, &err));
  assert_non_null(strstr(err.text, "'10parsecs' is not a duration"));
  assert_int_equal(err.span, 9);
}

static void writes_sizes(void **state) {
  (void)state;
  static const struct {
    uint64_t bytes;
    const char *text;
  } rows[] = {
      {0, "0"},
      {27, "27"},
      {999, "999"},
      {1000, "1.0k"},
      {1024, "1.0k"},
      {7270, "7.1k"},
      {10188, "9.9k"},
      {10189, "10k"},
      {496640, "485k"},
      {1023487, "999k"},
      {1023488, "1.0M"},
      {1363149, "1.3M"},
      {10485760, "10M"},
      {UINT64_C(1) << 40, "1.0T"},
      {UINT64_MAX, "16E"},
  };
  char out[16];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_string_equal(units_size(rows[i].bytes, out, sizeof out), rows[i].text);
}

static void writes_durations(void **state) {
  (void)state;
  static const struct {
    uint64_t ns;
    const char *text;
  } rows[] = {
      {0, "0ms"},
      {400 * CLOCK_US, "0.4ms"},
      {3 * CLOCK_MS, "3ms"},
      {834 * CLOCK_MS, "834ms"},
      {3200 * CLOCK_MS, "3.20s"},
      {12345 * CLOCK_MS, "12.3s"},
      {72 * CLOCK_S, "1m12s"},
      {3599 * CLOCK_S, "59m59s"},
      {7500 * CLOCK_S, "2h05m"},
      {UINT64_C(99) * 3600 * CLOCK_S, "99h00m"},
      {UINT64_C(240) * 3600 * CLOCK_S, "10d"},
  };
  char out[16];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_string_equal(units_duration(rows[i].ns, out, sizeof out), rows[i].text);
}

/* Widths promised to the columns, over the whole range. */
static void never_wider_than_its_column(void **state) {
  (void)state;
  char out[16];
  for (uint64_t v = 1; v && v < UINT64_MAX / 3; v = v * 3 / 2 + 1) {
    assert_true(strlen(units_size(v, out, sizeof out)) <= 5);
    assert_true(strlen(units_duration(v, out, sizeof out)) <= 6);
  }
}

static void writes_times(void **state) {
  (void)state;
  char out[32];
  setenv("TZ", "UTC-2", 1);
  tzset();
  uint64_t us = UINT64_C(1795435267103456); /* 2026-11-23T12:01:07.103456Z */
  assert_string_equal(clock_iso(us, out, sizeof out), "2026-11-23T12:01:07.103Z");
  assert_string_equal(clock_time_of_day(us, out, sizeof out), "14:01:07");
  assert_string_equal(clock_iso(0, out, sizeof out), "1970-01-01T00:00:00.000Z");
  assert_true(strlen(clock_iso(UINT64_MAX, out, sizeof out)) < sizeof out);
}

static void clocks_run_forward(void **state) {
  (void)state;
  uint64_t before = clock_mono();
  uint64_t after = clock_mono();
  assert_true(after >= before);
  assert_true(after - before < 60 * CLOCK_S); /* nanoseconds, not something else */
  assert_true(clock_wall() / 1000000 - (uint64_t)time(NULL) + 1 <= 2);
}

static void errors_are_cut_to_fit(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  char text[600];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = 0;
  assert_false(err_set_at(&err, 3, 4, "%s", text));
  assert_int_equal(strlen(err.text), sizeof err.text - 1);
  assert_int_equal(err.at, 3);
  assert_int_equal(err.span, 4);
  assert_false(err_set(&err, "no %s", "place"));
  assert_int_equal(err.at + err.span, 0);
  assert_false(err_set(NULL, "nobody listens"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_sizes),           cmocka_unit_test(reads_durations),
      cmocka_unit_test(refuses_in_words),      cmocka_unit_test(writes_sizes),
      cmocka_unit_test(writes_durations),      cmocka_unit_test(never_wider_than_its_column),
      cmocka_unit_test(writes_times),          cmocka_unit_test(clocks_run_forward),
      cmocka_unit_test(errors_are_cut_to_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
