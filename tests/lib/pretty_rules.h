/*
 * What holds for every kind of body that is cut into lines: a step needs no more than the bytes it is promised, a copied
 * state goes on in the same way with and without output, each step goes forward, and without white space the lines are
 * the body. Each rule answers NULL, or what it was that did not hold.
 */
#ifndef WEIR_TESTS_LIB_PRETTY_RULES_H
#define WEIR_TESTS_LIB_PRETTY_RULES_H

#include <stdlib.h>

#include "body/line.h"
#include "weir/base/mem.h"

static inline bool rules_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline const char *rules_same_line(const struct body_line *a, const struct body_line *b) {
  if (!slice_eq(buf_slice(&a->text), buf_slice(&b->text)))
    return "another text";
  if (a->spans != b->spans)
    return "other spans";
  for (size_t i = 0; i < a->spans; i++)
    if (a->span[i].at != b->span[i].at || a->span[i].n != b->span[i].n || a->span[i].style != b->span[i].style)
      return "another span";
  return NULL;
}

static inline const char *rules_spans(const struct body_line *line) {
  size_t end = 0;
  for (size_t i = 0; i < line->spans; i++) {
    if (!line->span[i].n || line->span[i].at < end)
      return "spans out of order";
    end = line->span[i].at + line->span[i].n;
  }
  return end <= line->text.n ? NULL : "a span behind the text";
}

/* One step; *line gets it, *more says whether there was one. */
static inline const char *rules_step(struct slice body, struct line_state *state, struct body_line *line, bool *more) {
  struct body_line near = {.text = BUF_INIT};
  struct line_state all = *state, some = *state, dry = *state;
  struct slice rest = slice_from(body, state->at);
  size_t reach = rest.n < LINE_REACH ? rest.n : LINE_REACH;
  char *copy = mem_alloc(reach ? reach : 1); /* that many bytes and no more, for the sanitizer to see one too far */
  const char *wrong = NULL;
  if (reach)
    memcpy(copy, rest.p, reach);
  buf_reset(&line->text);
  line->spans = 0;
  *more = line_next(rest, &all, line);
  if (line_next(slice_make(copy, reach), &some, &near) != *more || line_next(rest, &dry, NULL) != *more)
    wrong = "one step ends, another does not";
  else if (*more && memcmp(&all, &some, sizeof all) != 0)
    wrong = "the bytes that were promised are not enough";
  else if (*more && memcmp(&all, &dry, sizeof all) != 0)
    wrong = "without output it goes elsewhere";
  else if (*more && (all.at <= state->at || all.at > body.n || all.at - state->at > LINE_REACH))
    wrong = "no step forward, or one too far";
  else if (*more && line->text.n > LINE_BYTES + 256)
    wrong = "the line is too long";
  else if (*more && (wrong = rules_same_line(line, &near)) == NULL)
    wrong = rules_spans(line);
  *state = all;
  free(copy);
  body_line_clear(&near);
  return wrong;
}

static inline int rules_digit(char c) {
  char lower = (char)(c | 0x20);
  return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* What the lines are compared with: the body without white space, of a form decoded and without the "&". */
static inline struct buf rules_meant(enum body_kind kind, struct slice body) {
  struct buf out = BUF_INIT;
  for (size_t i = 0; i < body.n; i++) {
    char c = body.p[i];
    int high = i + 2 < body.n ? rules_digit(body.p[i + 1]) : -1, low = i + 2 < body.n ? rules_digit(body.p[i + 2]) : -1;
    if (kind == BODY_FORM && (c == '&' || c == '+'))
      continue;
    if (kind == BODY_FORM && c == '%' && high >= 0 && low >= 0) {
      c = (char)(high << 4 | low);
      i += 2;
    }
    if (!rules_blank(c))
      buf_add_byte(&out, c);
  }
  return out;
}

/* A part of a body that is no text is shown in hex, one that is a form is decoded: only that it ends can be said. */
static inline bool rules_changed(enum body_kind kind, struct slice body) {
  for (size_t i = 0; kind == BODY_MULTIPART && i < body.n; i++)
    if (!rules_blank(body.p[i]) && (body.p[i] < ' ' || body.p[i] > '~'))
      return true;
  static const char *const changed[] = {"urlencoded", "GIF8", "RIFF", "ftyp"};
  for (size_t i = 0; kind == BODY_MULTIPART && i < sizeof changed / sizeof *changed; i++)
    if (slice_find_ascii(body, slice_of(changed[i])) >= 0)
      return true;
  return false;
}

/* All rules, from the first line to the last. */
static inline const char *rules_hold(enum body_kind kind, struct slice body) {
  struct line_state state = {.kind = (uint8_t)kind};
  struct body_line line = {.text = BUF_INIT};
  struct buf want = rules_meant(kind, body);
  const char *wrong = NULL;
  bool more = true, changed = rules_changed(kind, body);
  size_t at = 0;
  while (!wrong && more) {
    wrong = rules_step(body, &state, &line, &more);
    for (size_t i = 0; more && !wrong && !changed && i < line.text.n; i++) {
      if (rules_blank(line.text.p[i]))
        continue;
      if (at == want.n || want.p[at] != line.text.p[i])
        wrong = "a byte that is not the body's";
      at++;
    }
  }
  if (!wrong && !changed && at != want.n)
    wrong = "the end is lost";
  if (!wrong && state.at != body.n)
    wrong = "it ends too early";
  body_line_clear(&line);
  buf_clear(&want);
  return wrong;
}

#endif
