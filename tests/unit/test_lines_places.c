/* Places of lines: the same whichever way they are reached, however the body is cut and while it grows; an index that
 * stays small; and what is far away is there at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cut_bytes.h"
#include "read_lines.h"

static const struct {
  enum body_kind kind;
  enum body_view view;
} sorts[] = {{BODY_TEXT, BODY_VIEW_TEXT}, {BODY_JSON, BODY_VIEW_PRETTY}, {BODY_TEXT, BODY_VIEW_HEX}};

#define SORTS (sizeof sorts / sizeof *sorts)

static unsigned chance(unsigned *seed, unsigned n) {
  *seed = *seed * 1103515245u + 12345u;
  return (*seed >> 8) % n;
}

static void add_many(struct buf *out, const char *unit, size_t bytes) {
  for (size_t n = 0; n < bytes; n += strlen(unit))
    buf_add_text(out, unit);
}

/* JSON, which is text as well: short lines and long ones, long tokens, characters of several bytes. */
static struct buf make_body(unsigned seed, size_t rows) {
  struct buf body = BUF_INIT;
  buf_add_byte(&body, '[');
  for (size_t i = 0; i < rows; i++) {
    buf_printf(&body, "%s{\"id\":%zu,", i ? ",\n" : "", i);
    switch (chance(&seed, 12)) {
    case 0:
      buf_add_text(&body, "\"long\":\"");
      add_many(&body, "\xe5\xb1\xb1 x", chance(&seed, 90000));
      buf_add_text(&body, "\",");
      break;
    case 1:
      add_many(&body, chance(&seed, 2) ? " \r\n" : " ", chance(&seed, 40000));
      break;
    case 2:
      buf_add_text(&body, "\"flat\":[");
      add_many(&body, "1,", chance(&seed, 20000));
      buf_add_text(&body, "1],\r\n");
      break;
    default:
      break;
    }
    buf_printf(&body, "\n\"deep\":[[%zu]]}", i);
  }
  buf_add_byte(&body, ']');
  return body;
}

static void same_place(const struct body_place *a, const struct body_place *b) {
  assert_int_equal(a->at, b->at);
  assert_int_equal(a->line, b->line);
  assert_int_equal(a->part, b->part);
  assert_int_equal(a->about, b->about);
}

static void same_line(struct read_lines *whole, size_t i, struct body_lines *cut) {
  struct body_line a = {.text = BUF_INIT}, b = {.text = BUF_INIT};
  read_lines_get(whole, i, &a);
  body_lines_get(cut, &whole->place.v[i], &b);
  assert_true(slice_eq(buf_slice(&a.text), buf_slice(&b.text)));
  assert_int_equal(a.spans, b.spans);
  body_line_clear(&a);
  body_line_clear(&b);
}

/* Down, up again, and to offsets here and there. */
static void walk(struct read_lines *whole, struct body_lines *cut, unsigned seed, bool indexed) {
  struct body_place place = {0};
  size_t n = read_lines_count(whole);
  assert_true(body_lines_first(cut, &place));
  for (size_t i = 0; i < n; i++) {
    same_place(&place, &whole->place.v[i]);
    same_line(whole, i, cut);
    assert_int_equal(body_lines_next(cut, &place), i + 1 < n);
  }
  for (size_t i = n; i-- > 0;) {
    same_place(&place, &whole->place.v[i]);
    if (i % 7 == 0)
      same_line(whole, i, cut);
    assert_int_equal(body_lines_previous(cut, &place), i > 0);
  }
  for (size_t k = 0; k < 100; k++) {
    size_t i = chance(&seed, (unsigned)n);
    uint64_t end = i + 1 < n ? whole->place.v[i + 1].at : whole->body.n;
    uint64_t offset = whole->place.v[i].at + chance(&seed, (unsigned)(end - whole->place.v[i].at));
    struct body_place *of = &whole->place.v[i];
    assert_true(body_lines_find(cut, offset, &place));
    assert_true(!indexed || !place.about);
    if (place.about)
      continue;
    same_place(&place, of);
    same_line(whole, i, cut);
    if (!indexed || of->part)
      continue;
    assert_true(body_lines_number(cut, of->line, &place));
    same_place(&place, of);
  }
  assert_true(body_lines_find(cut, UINT64_MAX, &place));
  if (!place.about)
    same_place(&place, &whole->place.v[n - 1]);
}

static void cuts_change_nothing(void **state) {
  static const size_t piece[] = {150000, 100000, 65536, 4096, 1000};
  (void)state;
  for (unsigned seed = 1; seed <= 5; seed++)
    for (size_t sort = 0; sort < SORTS; sort++) {
      struct buf body = make_body(seed, 40);
      struct read_lines *whole = read_lines_new(buf_slice(&body), sorts[sort].kind, sorts[sort].view, 16);
      struct cut_bytes cut;
      struct body_bytes bytes = cut_bytes(&cut, buf_slice(&body), piece[seed % 5], seed);
      struct body_lines *lines = body_lines_new(bytes, sorts[sort].kind, sorts[sort].view, 16);
      if (seed & 1)
        while (!body_lines_index(lines, 100000))
          continue;
      walk(whole, lines, seed, seed & 1);
      body_lines_free(lines);
      cut_bytes_clear(&cut);
      read_lines_free(whole);
      buf_clear(&body);
    }
}

/* Every border between two pieces, near a few lines. */
static void each_border(void **state) {
  static const char text[] = "{\"a\":[true,\"\xe5\xb1\xb1\\u00e9\"],\r\n\"b\":1.5e3}\n\n\r\nx";
  (void)state;
  for (size_t sort = 0; sort < SORTS; sort++)
    for (size_t piece = 1; piece < sizeof text; piece++) {
      struct slice body = slice_make(text, sizeof text - 1);
      struct read_lines *whole = read_lines_new(body, sorts[sort].kind, sorts[sort].view, 8);
      struct cut_bytes cut;
      struct body_lines *lines = body_lines_new(cut_bytes(&cut, body, piece, 0), sorts[sort].kind, sorts[sort].view, 8);
      walk(whole, lines, (unsigned)piece, false);
      body_lines_free(lines);
      cut_bytes_clear(&cut);
      read_lines_free(whole);
    }
}

/* What is seen of a body that grows is what there would be if that were all; in the end it is all. */
static void growing(void **state) {
  (void)state;
  for (unsigned seed = 1; seed <= 4; seed++)
    for (size_t sort = 0; sort < SORTS; sort++) {
      unsigned dice = seed;
      struct buf body = make_body(seed, 15);
      struct cut_bytes cut;
      struct body_lines *lines =
          body_lines_new(cut_bytes(&cut, buf_slice(&body), 65536, seed), sorts[sort].kind, sorts[sort].view, 16);
      cut.ended = false;
      cut.there = 0;
      struct body_place place;
      assert_false(body_lines_first(lines, &place));
      while (cut.there < body.n) {
        cut.there += 1 + chance(&dice, chance(&dice, 3) ? 200 : 90000);
        if (cut.there > body.n)
          cut.there = body.n;
        struct read_lines *now = read_lines_new(slice_make(body.p, cut.there), sorts[sort].kind, sorts[sort].view, 16);
        size_t n = read_lines_count(now);
        if (chance(&dice, 2))
          body_lines_index(lines, 50000);
        assert_true(n > 0 && body_lines_find(lines, cut.there, &place));
        if (!place.about)
          same_place(&place, &now->place.v[n - 1]);
        for (size_t k = 0; k < 40 && k < n && !place.about; k++) {
          same_line(now, n - 1 - k, lines);
          assert_int_equal(body_lines_previous(lines, &place), k + 1 < n);
        }
        read_lines_free(now);
      }
      cut.ended = true;
      struct read_lines *all = read_lines_new(buf_slice(&body), sorts[sort].kind, sorts[sort].view, 16);
      walk(all, lines, seed, false);
      read_lines_free(all);
      body_lines_free(lines);
      cut_bytes_clear(&cut);
      buf_clear(&body);
    }
}

/* ---- bodies larger than any memory ---- */

struct endless { /* the same bytes over and over */
  char unit[65536];
  uint64_t size, asked; /* asked: how many were handed out, as far as anyone knows */
};

static struct slice endless_at(void *arg, uint64_t offset) {
  struct endless *e = arg;
  if (offset >= e->size)
    return (struct slice){NULL, 0};
  size_t in = (size_t)(offset % sizeof e->unit), n = sizeof e->unit - in;
  e->asked += n;
  return slice_make(e->unit + in, n < e->size - offset ? n : (size_t)(e->size - offset));
}

static uint64_t endless_size(void *arg, bool *ended) {
  *ended = true;
  return ((struct endless *)arg)->size;
}

static struct endless *endless_new(const char *line, uint64_t size, struct body_bytes *bytes) {
  struct endless *e = mem_zero(1, sizeof *e);
  for (size_t i = 0; i < sizeof e->unit; i++)
    e->unit[i] = line[i % strlen(line)];
  e->size = size;
  *bytes = (struct body_bytes){e, endless_at, endless_size};
  return e;
}

#define TERABYTE (UINT64_C(1) << 40)

/* A page, the end and back: some hundred kilobytes are looked at, of a terabyte. */
static void anywhere_at_once(void **state) {
  static const char *const line[] = {"0123456789abcd\n\n", "{\"a\":[1,22,333]}", "xxxxxxxxxxxxxxxx", "\n"};
  (void)state;
  for (size_t i = 0; i < 4; i++)
    for (size_t sort = 0; sort < SORTS; sort++) {
      struct body_bytes bytes;
      struct endless *e = endless_new(line[i], TERABYTE, &bytes);
      struct body_lines *lines = body_lines_new(bytes, sorts[sort].kind, sorts[sort].view, 16);
      struct body_line text = {.text = BUF_INIT};
      struct body_place place, last;
      assert_true(body_lines_first(lines, &place));
      assert_true(body_lines_find(lines, UINT64_MAX, &place));
      assert_int_equal(place.about, sorts[sort].view != BODY_VIEW_HEX);
      last = place;
      assert_false(body_lines_next(lines, &place));
      for (int k = 0; k < 50; k++) {
        uint64_t at = place.at;
        assert_true(body_lines_previous(lines, &place));
        assert_true(place.at < at && at - place.at < 32768);
        body_lines_get(lines, &place, &text);
      }
      for (int k = 0; k < 50; k++)
        assert_true(body_lines_next(lines, &place));
      same_place(&place, &last);
      assert_true(e->asked < 40u << 20); /* runs are handed out longer than they are looked at */
      assert_true(body_lines_cost(lines) < 1u << 20);
      body_line_clear(&text);
      body_lines_free(lines);
      free(e);
    }
}

/* The index of the most lines that there can be. */
static void the_index_stays_small(void **state) {
  (void)state;
  for (size_t sort = 0; sort < 2; sort++) {
    struct body_bytes bytes;
    uint64_t size = 600u << 20;
    char text[4096 + 1] = "\"";
    memset(text + 1, 'x', 4093);
    memcpy(text + 4094, "\"\n", 3);
    struct endless *e = endless_new(sort ? text : "\n", size, &bytes);
    struct body_lines *lines = body_lines_new(bytes, sorts[sort].kind, sorts[sort].view, 16);
    struct body_place place;
    uint64_t known, each = sort ? 4096 : 1;
    while (!body_lines_index(lines, 8u << 20))
      assert_true(body_lines_indexed(lines, &known) <= size);
    assert_int_equal(body_lines_indexed(lines, &known), size);
    assert_int_equal(known, size / each);
    assert_true(body_lines_cost(lines) < 2u << 20);
    for (uint64_t line = 0; line < known; line += sort ? 3001 : 999983) {
      assert_true(body_lines_number(lines, line, &place));
      assert_int_equal(place.at, line * each);
      assert_true(body_lines_find(lines, line * each, &place));
      assert_int_equal(place.line, line);
    }
    assert_false(body_lines_number(lines, known, &place));
    body_lines_free(lines);
    free(e);
  }
}

/* What is far away is text, and about; the index makes it exact. */
static void far_away_is_text_until_it_is_indexed(void **state) {
  struct body_bytes bytes;
  struct endless *e = endless_new("{\"a\":[1,2]}    \n", 4u << 20, &bytes);
  struct body_lines *lines = body_lines_new(bytes, BODY_JSON, BODY_VIEW_PRETTY, 0);
  struct body_line text = {.text = BUF_INIT};
  struct body_place place;
  (void)state;
  assert_true(body_lines_find(lines, e->size - 8, &place));
  assert_true(place.about);
  body_lines_get(lines, &place, &text);
  assert_string_equal(buf_text(&text.text), "{\"a\":[1,2]}    ");
  while (!body_lines_index(lines, 1u << 20))
    continue;
  assert_true(body_lines_find(lines, e->size - 8, &place));
  assert_false(place.about);
  assert_int_equal(place.line, (e->size / 16 - 1) * 6 + 3); /* "2" */
  body_lines_get(lines, &place, &text);
  assert_string_equal(buf_text(&text.text), "    2");
  body_line_clear(&text);
  body_lines_free(lines);
  free(e);
}

/* A page in the middle costs some steps, not the body. */
static void a_page_does_not_index_the_body(void **state) {
  struct body_bytes bytes;
  struct endless *e = endless_new("0123456789abcde\n", TERABYTE, &bytes);
  struct body_lines *lines = body_lines_new(bytes, BODY_TEXT, BODY_VIEW_TEXT, 0);
  struct body_place place;
  uint64_t known;
  (void)state;
  assert_true(body_lines_first(lines, &place));
  for (int i = 0; i < 5000; i++)
    assert_true(body_lines_next(lines, &place));
  assert_int_equal(place.line, 5000);
  assert_int_equal(body_lines_indexed(lines, &known), 0);
  assert_false(body_lines_index(lines, 16000));
  assert_int_equal(body_lines_indexed(lines, &known), 16000);
  assert_int_equal(known, 1000);
  body_lines_free(lines);
  free(e);
}

static void whole_lines_past_their_pieces(void **state) {
  (void)state;
  for (int json = 0; json < 2; json++) {
    struct buf body = BUF_INIT;
    struct body_place place, walk;
    buf_add_text(&body, "[\"a\",\n\"");
    add_many(&body, "0123456789", 3u << 20);
    size_t behind = body.n + 3;
    buf_add_text(&body, "\",\n\"end\"]");
    struct slice all = buf_slice(&body);
    struct body_lines *lines = body_lines_new(body_bytes_of(&all), json ? BODY_JSON : BODY_TEXT, BODY_VIEW_PRETTY, 0);
    assert_true(body_lines_find(lines, 8, &place));
    uint64_t start = place.at, line = place.line;
    walk = place;
    assert_int_equal(body_lines_next_line(lines, &walk), BODY_LINES_NOT_YET);
    same_place(&walk, &place);
    while (!body_lines_index(lines, 1000000))
      continue;
    assert_int_equal(body_lines_next_line(lines, &walk), BODY_LINES_FOUND);
    assert_int_equal(walk.at, behind);
    assert_int_equal(walk.line, line + 1);
    assert_true(body_lines_find(lines, behind - 100, &place));
    assert_true(place.part);
    body_lines_line_start(lines, &place);
    assert_false(place.part);
    assert_int_equal(place.at, start);
    while (body_lines_next_line(lines, &walk) == BODY_LINES_FOUND)
      continue;
    assert_int_equal(body_lines_next_line(lines, &walk), BODY_LINES_NONE);
    body_lines_free(lines);
    buf_clear(&body);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cuts_change_nothing),
      cmocka_unit_test(each_border),
      cmocka_unit_test(growing),
      cmocka_unit_test(anywhere_at_once),
      cmocka_unit_test(the_index_stays_small),
      cmocka_unit_test(far_away_is_text_until_it_is_indexed),
      cmocka_unit_test(a_page_does_not_index_the_body),
      cmocka_unit_test(whole_lines_past_their_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
