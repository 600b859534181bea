/* Folding: what is hidden, what is counted, however deep, long, broken or unfinished the body is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ui/folds.h"
#include "weir/base/clock.h"

struct text { /* a body of which the first `n` bytes have come */
  struct slice all;
  size_t n;
  bool ended;
};

static struct slice at(void *arg, uint64_t offset) {
  const struct text *t = arg;
  return offset < t->n ? slice_sub(t->all, (size_t)offset, t->n - (size_t)offset) : (struct slice){NULL, 0};
}

static uint64_t size(void *arg, bool *ended) {
  const struct text *t = arg;
  *ended = t->ended;
  return t->n;
}

struct sheet {
  struct text text;
  struct body_lines *lines;
  struct folds folds;
};

static void lay(struct sheet *s, const char *body, size_t n, enum body_kind kind) {
  *s = (struct sheet){.text = {{body, n}, n, true}};
  s->lines = body_lines_new((struct body_bytes){&s->text, at, size}, kind, BODY_VIEW_PRETTY, 16);
}

static void put_away(struct sheet *s) {
  folds_clear(&s->folds);
  body_lines_free(s->lines);
}

static unsigned run(struct sheet *s) {
  unsigned slices = 0;
  while (folds_step(&s->folds, s->lines, s->text.n, s->text.ended, clock_mono() + CLOCK_MS))
    slices++;
  return slices;
}

static struct body_place line(struct sheet *s, uint64_t number) {
  struct body_place place;
  body_lines_index(s->lines, UINT64_MAX);
  assert_true(body_lines_number(s->lines, number, &place));
  return place;
}

static const struct fold *fold_line(struct sheet *s, uint64_t number) {
  struct body_place place = line(s, number);
  assert_true(folds_close(&s->folds, s->lines, &place));
  run(s);
  return folds_at(&s->folds, place.at);
}

/* The numbers of the lines that are seen, as "0 1 4 ". */
static void seen(struct sheet *s, char *out) {
  struct body_place place;
  char *to = out;
  *to = '\0';
  for (bool more = body_lines_first(s->lines, &place); more; more = body_lines_next(s->lines, &place))
    if (folds_hiding(&s->folds, place.at) == NULL)
      to += sprintf(to, "%llu ", (unsigned long long)place.line);
}

static void assert_seen(struct sheet *s, const char *numbers) {
  char text[4096];
  seen(s, text);
  assert_string_equal(text, numbers);
}

#define JSON "{\"a\":[1,2,[3,4]],\"b\":{\"c\":1,\"c\":2},\"d\":[]}"
/* 0 {  1 a:[  2 1  3 2  4 [  5 3  6 4  7 ]  8 ],  9 b:{  10 c  11 c  12 },  13 d:[]  14 } */

static void one_element(void **state) {
  struct sheet s;
  (void)state;
  lay(&s, JSON, sizeof JSON - 1, BODY_JSON);
  const struct fold *f = fold_line(&s, 1);
  assert_non_null(f);
  assert_int_equal(f->items, 3); /* the inner array is one */
  assert_int_equal(f->lines, 7);
  assert_true(f->closed);
  assert_seen(&s, "0 1 9 10 11 12 13 14 ");
  f = fold_line(&s, 9);
  assert_int_equal(f->items, 2); /* the same key twice */
  assert_seen(&s, "0 1 9 13 14 ");
  f = fold_line(&s, 0);
  assert_int_equal(f->items, 3);
  assert_seen(&s, "0 ");
  folds_open(&s.folds, line(&s, 0).at); /* what was folded within it still is */
  assert_seen(&s, "0 1 9 13 14 ");
  folds_open(&s.folds, line(&s, 1).at);
  assert_seen(&s, "0 1 2 3 4 5 6 7 8 9 13 14 ");
  put_away(&s);
}

static void nothing_to_fold(void **state) {
  struct sheet s;
  (void)state;
  lay(&s, JSON, sizeof JSON - 1, BODY_JSON);
  struct body_place place = line(&s, 13);
  assert_false(folds_can_close(s.lines, &place)); /* an empty array */
  assert_false(folds_close(&s.folds, s.lines, &place));
  place = line(&s, 2);
  assert_false(folds_close(&s.folds, s.lines, &place));
  assert_seen(&s, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 ");
  put_away(&s);
}

static void what_is_around(void **state) {
  static const struct { uint64_t from, found; } rows[] = {{5, 4}, {7, 4}, {3, 1}, {8, 1}, {11, 9}, {13, 0}, {14, 0}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sheet s;
    lay(&s, JSON, sizeof JSON - 1, BODY_JSON);
    struct body_place place = line(&s, rows[i].from);
    folds_close_around(&s.folds, s.lines, &place);
    run(&s);
    assert_true(s.folds.found);
    assert_int_equal(s.folds.target, line(&s, rows[i].found).at);
    assert_non_null(folds_at(&s.folds, s.folds.target));
    put_away(&s);
  }
}

static void all_and_reveal(void **state) {
  struct sheet s;
  (void)state;
  lay(&s, JSON, sizeof JSON - 1, BODY_JSON);
  folds_close_all(&s.folds, s.lines, 1);
  run(&s);
  assert_seen(&s, "0 1 9 13 14 ");
  assert_true(folds_reveal(&s.folds, line(&s, 5).at)); /* both that hide it */
  assert_seen(&s, "0 1 2 3 4 5 6 7 8 9 13 14 ");
  assert_false(folds_reveal(&s.folds, line(&s, 5).at));
  folds_open_all(&s.folds);
  assert_seen(&s, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 ");
  put_away(&s);
}

/* HTML leaves ends out: what follows is not in it. */
static void elements_of_markup(void **state) {
  static const char xml[] = "<a><b k=\"1\"><c>one</c><d/>\n</b><b>x</b>\n</a>";
  static const char html[] = "<ul><li><p>one<p>two\n<li><p>three</ul><p>x";
  struct sheet s;
  (void)state;
  lay(&s, xml, sizeof xml - 1, BODY_XML); /* 0 <a>  1 <b>  2 c  3 d  4 </b>  5 b  6 </a> */
  const struct fold *f = fold_line(&s, 1);
  assert_non_null(f);
  assert_true(f->closed);
  assert_seen(&s, "0 1 5 6 ");
  put_away(&s);
  /* 0 ul  1 li  2 p  3 one  4 p  5 two  6 li  7 p  8 three  9 /ul  10 p  11 x */
  lay(&s, html, sizeof html - 1, BODY_HTML);
  fold_line(&s, 1);
  assert_seen(&s, "0 1 6 7 8 9 10 11 ");
  f = fold_line(&s, 10);
  assert_false(f->closed);
  assert_int_equal(f->lines, 2);
  f = fold_line(&s, 0);
  assert_true(f->closed);
  assert_seen(&s, "0 10 ");
  put_away(&s);
}

static void deep(void **state) {
  enum { DEPTH = 1000 };
  struct buf body = BUF_INIT;
  struct sheet s;
  (void)state;
  for (int i = 0; i < DEPTH; i++)
    buf_add_byte(&body, '[');
  buf_add_byte(&body, '1');
  for (int i = 0; i < DEPTH; i++)
    buf_add_byte(&body, ']');
  lay(&s, body.p, body.n, BODY_JSON);
  folds_close_all(&s.folds, s.lines, 1);
  run(&s);
  assert_int_equal(s.folds.fold.n, DEPTH - 1);
  assert_int_equal(s.folds.shown.n, 1);
  assert_seen(&s, "0 1 2000 ");
  folds_open(&s.folds, line(&s, 1).at);
  assert_seen(&s, "0 1 2 1999 2000 ");
  put_away(&s);
  buf_clear(&body);
}

/* What nothing ends reaches to the end, and says so; what is behind a place that is no JSON is not in it. */
static void not_closed(void **state) {
  static const char open[] = "{\"a\":[1,2,3";
  static const char broken[] = "{\"a\":[1,2,oops";
  struct sheet s;
  (void)state;
  lay(&s, open, sizeof open - 1, BODY_JSON);
  const struct fold *f = fold_line(&s, 1);
  assert_int_equal(f->items, 3);
  assert_true(f->close == UINT64_MAX && f->whole && !f->closed);
  assert_seen(&s, "0 1 ");
  put_away(&s);
  lay(&s, broken, sizeof broken - 1, BODY_JSON);
  f = fold_line(&s, 1);
  assert_int_equal(f->items, 2);
  assert_false(f->closed);
  assert_seen(&s, "0 1 4 ");
  put_away(&s);
}

static void many_items(void **state) {
  enum { ITEMS = 100000 };
  struct buf body = BUF_INIT;
  struct sheet s;
  (void)state;
  buf_add_text(&body, "{\"items\":[");
  for (int i = 0; i < ITEMS; i++)
    buf_printf(&body, "%s{\"id\":%d}", i > 0 ? "," : "", i);
  buf_add_text(&body, "],\"end\":true}");
  lay(&s, body.p, body.n, BODY_JSON);
  struct body_place first = {.at = 0}, place;
  assert_true(body_lines_first(s.lines, &first));
  place = first;
  assert_true(body_lines_next(s.lines, &place));
  assert_true(folds_close(&s.folds, s.lines, &place));
  assert_true(folds_step(&s.folds, s.lines, s.text.n, true, 0)); /* not in one turn */
  assert_true(folds_percent(&s.folds, s.text.n) < 5);
  run(&s);
  assert_int_equal(folds_at(&s.folds, place.at)->items, ITEMS);
  assert_seen(&s, "0 1 300003 300004 ");
  folds_close_all(&s.folds, s.lines, 1);
  run(&s);
  assert_int_equal(s.folds.fold.n, ITEMS + 1);
  assert_false(s.folds.too_many);
  assert_seen(&s, "0 1 300003 300004 ");
  put_away(&s);
  buf_clear(&body);
}

static void stopped(void **state) {
  struct buf body = BUF_INIT;
  struct sheet s;
  (void)state;
  buf_add_byte(&body, '[');
  for (int i = 0; i < 5000; i++)
    buf_printf(&body, "%s%d", i > 0 ? "," : "", i);
  buf_add_byte(&body, ']');
  lay(&s, body.p, body.n, BODY_JSON);
  struct body_place first;
  assert_true(body_lines_first(s.lines, &first));
  assert_true(folds_close(&s.folds, s.lines, &first));
  assert_true(folds_step(&s.folds, s.lines, s.text.n, true, 0));
  folds_stop(&s.folds);
  assert_int_equal(s.folds.fold.n, 0);
  assert_null(folds_hiding(&s.folds, body.n - 1));
  put_away(&s);
  buf_clear(&body);
}

/* It comes byte by byte, and is folded from the first moment on: in the end it is as if it had all been there. */
static void it_grows(void **state) {
  struct sheet s;
  (void)state;
  lay(&s, JSON, sizeof JSON - 1, BODY_JSON);
  s.text.ended = false;
  s.text.n = 9; /* {"a":[1,2 */
  struct body_place place;
  assert_true(body_lines_first(s.lines, &place) && body_lines_next(s.lines, &place));
  assert_true(folds_close(&s.folds, s.lines, &place));
  run(&s);
  assert_true(folds_at(&s.folds, place.at)->close == UINT64_MAX);
  assert_false(folds_at(&s.folds, place.at)->whole);
  assert_false(folds_resume(&s.folds, s.lines, s.text.n, false)); /* nothing came */
  while (!s.text.ended) {
    if (s.text.n < s.text.all.n)
      s.text.n++;
    else
      s.text.ended = true;
    if (folds_resume(&s.folds, s.lines, s.text.n, s.text.ended))
      run(&s);
  }
  const struct fold *f = folds_at(&s.folds, place.at);
  assert_int_equal(f->items, 3);
  assert_true(f->closed);
  assert_seen(&s, "0 1 9 10 11 12 13 14 ");
  put_away(&s);
}

/* The same where so much comes that not all is walked over again. */
static void it_grows_long(void **state) {
  struct buf body = BUF_INIT;
  struct sheet s;
  (void)state;
  buf_add_text(&body, "{\"a\":[");
  for (int i = 0; i < 60000; i++)
    buf_printf(&body, "%s%d", i > 0 ? "," : "", i);
  buf_add_text(&body, "],\"b\":1}");
  lay(&s, body.p, body.n, BODY_JSON);
  s.text.ended = false;
  s.text.n = 100000;
  struct body_place place;
  assert_true(body_lines_first(s.lines, &place));
  assert_true(body_lines_next(s.lines, &place));
  assert_true(folds_close(&s.folds, s.lines, &place));
  run(&s);
  uint64_t resume = folds_at(&s.folds, place.at)->resume;
  assert_in_range(resume, 30000, 36000); /* 64 kB before what is there */
  while (!s.text.ended) {
    s.text.n += 50001;
    if (s.text.n >= body.n) {
      s.text.n = body.n;
      s.text.ended = true;
    }
    if (folds_resume(&s.folds, s.lines, s.text.n, s.text.ended))
      run(&s);
  }
  const struct fold *f = folds_at(&s.folds, place.at);
  assert_int_equal(f->items, 60000);
  assert_true(f->closed);
  assert_seen(&s, "0 1 60003 60004 ");
  put_away(&s);
  buf_clear(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_element),
      cmocka_unit_test(nothing_to_fold),
      cmocka_unit_test(what_is_around),
      cmocka_unit_test(all_and_reveal),
      cmocka_unit_test(deep),
      cmocka_unit_test(not_closed),
      cmocka_unit_test(elements_of_markup),
      cmocka_unit_test(many_items),
      cmocka_unit_test(stopped),
      cmocka_unit_test(it_grows),
      cmocka_unit_test(it_grows_long),
  };
  return cmocka_run_group_tests_name("folds", tests, NULL, NULL);
}
