/*
 * What holds for every kind of body that is cut into lines: a step needs no more than the bytes it is promised, a copied
 * state goes on in the same way, each step goes forward, and without white space the lines are the body.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body/line.h"

static bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void same_line(const struct body_line *a, const struct body_line *b) {
  if (!slice_eq(buf_slice(&a->text), buf_slice(&b->text)))
    assert_string_equal(buf_text(&a->text), buf_text(&b->text));
  assert_int_equal(a->text.n, b->text.n);
  assert_int_equal(a->spans, b->spans);
  for (size_t i = 0; i < a->spans; i++) {
    assert_int_equal(a->span[i].at, b->span[i].at);
    assert_int_equal(a->span[i].n, b->span[i].n);
    assert_int_equal(a->span[i].style, b->span[i].style);
  }
}

static void spans_are_in_order(const struct body_line *line) {
  size_t end = 0;
  for (size_t i = 0; i < line->spans; i++) {
    assert_true(line->span[i].n > 0 && line->span[i].at >= end);
    end = line->span[i].at + line->span[i].n;
  }
  assert_true(end <= line->text.n);
}

/* One step, taken in four ways that must agree: with all bytes, with those promised, and both without output. */
static bool step(struct slice body, struct line_state *state, struct body_line *line) {
  struct body_line near = {.text = BUF_INIT};
  struct line_state all = *state, some = *state, dry = *state;
  struct slice rest = slice_from(body, state->at);
  char *copy = malloc(rest.n > 0 ? rest.n : 1); /* exactly that many bytes, for the sanitizer to see one too far */
  assert_non_null(copy);
  size_t reach = rest.n < LINE_REACH ? rest.n : LINE_REACH;
  if (reach)
    memcpy(copy, rest.p, reach);
  buf_reset(&line->text);
  line->spans = 0;
  bool more = line_next(rest, &all, line);
  assert_true(line_next(slice_make(copy, reach), &some, &near) == more);
  assert_true(line_next(rest, &dry, NULL) == more);
  free(copy);
  if (more) {
    same_line(line, &near);
    assert_memory_equal(&all, &some, sizeof all);
    assert_memory_equal(&all, &dry, sizeof all);
    assert_true(all.at > state->at && all.at <= body.n);
    assert_true(all.at - state->at <= LINE_REACH);
    assert_true(line->text.n <= LINE_BYTES + 256);
    spans_are_in_order(line);
  }
  *state = all;
  body_line_clear(&near);
  return more;
}

static int digit(int c) {
  c |= 0x20;
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What the lines are compared with: the body, of a form decoded and without the "&". */
static struct buf meant(enum body_kind kind, struct slice body) {
  struct buf out = BUF_INIT;
  for (size_t i = 0; i < body.n; i++) {
    char c = body.p[i];
    int high = i + 2 < body.n ? digit((unsigned char)body.p[i + 1]) : -1;
    int low = i + 2 < body.n ? digit((unsigned char)body.p[i + 2]) : -1;
    if (kind == BODY_FORM && (c == '&' || c == '+'))
      continue;
    if (kind == BODY_FORM && c == '%' && high >= 0 && low >= 0) {
      c = (char)(high << 4 | low);
      i += 2;
    }
    if (!blank(c))
      buf_add_byte(&out, c);
  }
  return out;
}

/* A part of a body that is no text is shown in hex. */
static bool has_hex(enum body_kind kind, struct slice body) {
  for (size_t i = 0; kind == BODY_MULTIPART && i < body.n; i++)
    if (!blank(body.p[i]) && (body.p[i] < ' ' || body.p[i] > '~'))
      return true;
  return false;
}

/* The lines without white space are the body without white space. */
static void nothing_is_lost(enum body_kind kind, struct slice body) {
  struct line_state state = {.kind = (uint8_t)kind};
  struct body_line line = {.text = BUF_INIT};
  struct buf want = meant(kind, body);
  size_t at = 0;
  bool hex = has_hex(kind, body);
  while (step(body, &state, &line)) {
    for (size_t i = 0; i < line.text.n && !hex; i++) {
      if (blank(line.text.p[i]))
        continue;
      if (at == want.n || want.p[at] != line.text.p[i])
        fail_msg("%s: lost at %zu of %.*s", body_kind_name(kind), at, (int)(body.n < 400 ? body.n : 400), body.p);
      at++;
    }
  }
  if (!hex && at != want.n)
    fail_msg("%s: lost the end of %.*s", body_kind_name(kind), (int)(body.n < 400 ? body.n : 400), body.p);
  assert_int_equal(state.at, body.n);
  body_line_clear(&line);
  buf_clear(&want);
}

static const struct {
  enum body_kind kind;
  const char *text;
} samples[] = {
    {BODY_JSON,
     "\xef\xbb\xbf{\"b\" : 1.50E+2 ,\r\n\"a\":[1,2, { } ,[\t],{\"x\":null}],\"a\":\"\\u00e9\\/\" , \"\":true}"},
    {BODY_JSON, "{\"a\":1,}  \n rest\n[1 2]\"x\\q\""},
    {BODY_XML,
     "<?xml version='1.0'?>\r\n<!DOCTYPE a [ <!ENTITY b \"c>\"> ]><a x = \"1\" y='2>'\n z><b/><b></b><c>text &amp; "
     "more</c>\n<!-- a\n  b --><d><![CDATA[ <x> ]]></d><e>\nx\n<f>1</f></e></a>"},
    {BODY_XML, "</a><b><c></b>x < y<![CDATA[\nz]]><?pi\n?><!x>"},
    {BODY_HTML,
     "<!doctype html><html><head><title>T</title><script>\n if (a</b>/) x='</scrip'\n</script><link rel=x>"
     "<style>a{}</style></head><body class=\"a\nb\"><p>Hello <b>big <i>wide</i></b> world<br>again<p>two<ul><li>1<li>2"
     "</ul><table><tr><td>1<td>2<tr><td>3</table><pre>\n a\n  b</pre><img src=x\n alt='y'> tail <a href=z>long</a>"
     "<div>x &nbsp; y</div><textarea> </p> </textarea></body></html>"},
    {BODY_JS,
     "#!/bin/node\nvar a=1,b=/[/]\\//g,c=a/b/2;// end\r\nfunction "
     "f(x){if(x)/re/.test(x);else{return{a:1,b:'x;}\\''}}}\n\n\n"
     "/* a\n  b */ f(function(){g(`t ${a+`n${b}`} {\n x`)},[1,2,{long:1,list:{a:{b:1}}}]);for(var i=0;i<9;i++){}\n"
     "x={\"k\":1,l:()=>{return 1},m};i++/2;a=\"b\\\nc\";try{}catch(e){}finally{};do{x()}while(1)}}"},
    {BODY_CSS, "@charset \"x\";a:hover,b{color:red;background:url(data:x;y/*{)}\n\n@media (min-width:1px){.a{b:c}}/* "
               "x\n y */p{}\n"
               "d{--x:{a:b};content:'}\\'';width:calc(1px + (2%))!important}}"},
    {BODY_MULTIPART,
     "--b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\ny\r\n--b0\r\nContent-Type: application/json\r\n"
     "\r\n{\"a\":[1,\r\n--b1\r\n]}\r\n--b0x\r\n--b0\r\n\r\n--b0\nContent-Type: text/html\n\n<p>a<b>c</b>\n  "
     "\n--b0--\r\nend\n"},
    {BODY_MULTIPART, "pre\n--b\n\n{\"a\":1}\n--b\nContent-Type:text/plain\n\na=1&\n\n--b\n--b \nx: y"},
    {BODY_FORM, "user=ann&password=b%20d+x&name=%0D%0Aa%0Ab%zz&flag&&=e&caf%C3%A9==%E5%B1%B1&\r\n&%"},
    {BODY_EVENTS, ": hi\nevent: x\r\ndata: {\"a\": [1, true, \"b\\\"\"]}\ndata\ndata:x\nid: 7\n\nother\n"},
    {BODY_NDJSON, "{\"a\":1}\n{\"b\":[1,2}\n{\"c\" oops \n\n[3]\n{\"d\":"},
    {BODY_NDJSON, "{\"a\":1}\n{\"b\":[true,false]}\r\n\n12\n\"x\""},
};

#define SAMPLES (sizeof samples / sizeof *samples)

static void every_cut_is_safe(void **state) {
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++)
    for (size_t n = 0; n <= strlen(samples[i].text); n++)
      nothing_is_lost(samples[i].kind, slice_make(samples[i].text, n));
}

static void every_changed_byte_is_safe(void **state) {
  static const char odd[] = "\0\r\n <>&\"'`/\\{}[]();:,=*-!#\x80\xff";
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++) {
    size_t n = strlen(samples[i].text);
    char *copy = malloc(n);
    assert_non_null(copy);
    for (size_t at = 0; at < n; at++)
      for (size_t j = at % 3; j < sizeof odd - 1; j += 3) {
        memcpy(copy, samples[i].text, n);
        copy[at] = odd[j];
        nothing_is_lost(samples[i].kind, slice_make(copy, n));
      }
    free(copy);
  }
}

/* Longer than any window, with long runs of everything. */
static void long_bodies_need_no_more(void **state) {
  static const char *const filler[] = {" ", "\n", "x",   "\"",  "1", "<", "/",           "*",
                                       "&", "=",  "%0A", "%41", "{", "}", "\xe5\xb1\xb1"};
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++)
    for (size_t j = 0; j < sizeof filler / sizeof *filler; j++) {
      struct buf body = BUF_INIT;
      size_t n = strlen(samples[i].text), half = (i + j) * 7 % n;
      buf_add(&body, samples[i].text, half);
      while (body.n < half + LINE_REACH + LINE_REACH / 2)
        buf_add_text(&body, filler[j]);
      buf_add(&body, samples[i].text + half, n - half);
      nothing_is_lost(samples[i].kind, buf_slice(&body));
      buf_clear(&body);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cut_is_safe),
      cmocka_unit_test(every_changed_byte_is_safe),
      cmocka_unit_test(long_bodies_need_no_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
