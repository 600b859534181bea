/* What each kind of body looks like as lines. What holds for all of them is in test_step.c; JSON is in test_lines.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body/line.h"

static struct buf lines_of(enum body_kind kind, struct slice body) {
  struct line_state state = {.kind = (uint8_t)kind};
  struct body_line line = {.text = BUF_INIT};
  struct buf all = BUF_INIT;
  while (line_next(slice_from(body, state.at), &state, &line)) {
    buf_add_slice(&all, buf_slice(&line.text));
    buf_add_byte(&all, '\n');
    buf_reset(&line.text);
    line.spans = 0;
  }
  body_line_clear(&line);
  return all;
}

static void shows(enum body_kind kind, const char *body, const char *want) {
  struct buf all = lines_of(kind, slice_of(body));
  assert_string_equal(buf_text(&all), want);
  buf_clear(&all);
}

/* One letter for the style of each byte of the first line. */
static void styles(enum body_kind kind, const char *body, const char *want) {
  static const char letter[] = ".ksnwpd";
  struct line_state state = {.kind = (uint8_t)kind};
  struct body_line line = {.text = BUF_INIT};
  char got[200];
  assert_true(line_next(slice_of(body), &state, &line));
  assert_true(line.text.n < sizeof got);
  memset(got, '.', line.text.n);
  got[line.text.n] = '\0';
  for (size_t i = 0; i < line.spans; i++)
    memset(got + line.span[i].at, letter[line.span[i].style], line.span[i].n);
  assert_string_equal(got, want);
  body_line_clear(&line);
}

static void xml_is_indented_by_its_tags(void **state) {
  (void)state;
  shows(BODY_XML,
        "<?xml version=\"1.0\"?><!DOCTYPE a [\n <!ENTITY b 'c'>\n]><a x='1'\n\t y = \"2\"><b/><c>short</c><d><e>1</e>\n"
        "text &amp; more\n\n  and more</d><!-- a\n   b --><f><![CDATA[ <x> ]]></f></a>",
        "<?xml version=\"1.0\"?>\n"
        "<!DOCTYPE a [\n"
        " <!ENTITY b 'c'>\n"
        "]>\n"
        "<a x='1' y=\"2\">\n"
        "  <b/>\n"
        "  <c>short</c>\n"
        "  <d>\n"
        "    <e>1</e>\n"
        "    text &amp; more\n"
        "    and more\n"
        "  </d>\n"
        "  <!-- a\n"
        "   b -->\n"
        "  <f><![CDATA[ <x> ]]></f>\n"
        "</a>\n");
}

static void xml_that_does_not_fit_stays(void **state) {
  (void)state;
  shows(BODY_XML, "</a><b>1 < 2<c>\n</b></b>", "</a>\n<b>\n  1 < 2\n  <c>\n</b>\n</b>\n");
  shows(BODY_XML, "<a b=\"1\n2\">x</a", "<a b=\"1\n2\">\n  x\n</a\n");
  shows(BODY_XML, "no tags\nat all", "no tags\nat all\n");
}

static void html_knows_its_elements(void **state) {
  (void)state;
  shows(BODY_HTML,
        "<!DOCTYPE html><HTML><head><meta charset=utf-8><title>T</title><script src=a></script></head>"
        "<body><p>Some <b>bold</b> text<br>more<img src=x><p>Second<ul><li>one<li>two <i>it</i></ul>"
        "<table><tr><td>1<td>2<tr><td>3</table><a href=/><div>block</div></a></body></HTML>",
        "<!DOCTYPE html>\n"
        "<HTML>\n"
        "  <head>\n"
        "    <meta charset=utf-8>\n"
        "    <title>T</title>\n"
        "    <script src=a></script>\n"
        "  </head>\n"
        "  <body>\n"
        "    <p>\n"
        "      Some <b>bold</b> text<br>\n"
        "      more<img src=x>\n"
        "    <p>\n"
        "      Second\n"
        "    <ul>\n"
        "      <li>\n"
        "        one\n"
        "      <li>\n"
        "        two <i>it</i>\n"
        "    </ul>\n"
        "    <table>\n"
        "      <tr>\n"
        "        <td>\n"
        "          1\n"
        "        <td>\n"
        "          2\n"
        "      <tr>\n"
        "        <td>\n"
        "          3\n"
        "    </table>\n"
        "    <a href=/>\n"
        "      <div>block</div>\n"
        "    </a>\n"
        "  </body>\n"
        "</HTML>\n");
}

static void raw_text_is_kept(void **state) {
  (void)state;
  shows(BODY_HTML, "<div><script>\n if (a < b) '</scripty>' </b>\n\n  x</SCRIPT ><pre>a\n   b <i>c</i>\n</pre></div>",
        "<div>\n"
        "  <script>\n"
        " if (a < b) '</scripty>' </b>\n"
        "\n"
        "  x\n"
        "  </SCRIPT>\n"
        "  <pre>\n"
        "a\n"
        "   b <i>c</i>\n"
        "  </pre>\n"
        "</div>\n");
}

static void markup_styles(void **state) {
  (void)state;
  styles(BODY_XML, "<a b='c' d=\"e\"/>", "pk.wpsss.wpssspp"
         /* <a b='c' d="e"/> */);
  styles(BODY_HTML, "<p>x &amp; <b>y</b></p>", "pkp..nnnnn.pkp.ppkpppkp");
  styles(BODY_XML, "<!-- a --><b/>", "dddddddddd");
}

static void forms_are_decoded(void **state) {
  (void)state;
  shows(BODY_FORM, "user=ann&password=b%20d+x%26&flag&empty=&%C3%A9=%E5%B1%B1&bad=%zz%4&two=a%0D%0Ab%0Ac",
        "user     = ann\n"
        "password = b d x&\n"
        "flag\n"
        "empty    = \n"
        "é        = 山\n"
        "bad      = %zz%4\n"
        "two      = a\n"
        "           b\n"
        "           c\n");
  styles(BODY_FORM, "a=1", "kppps");
}

static void events_are_coloured(void **state) {
  (void)state;
  shows(BODY_EVENTS, "event: x\r\ndata: {\"a\": 1}\n\n: ping\n", "event: x\ndata: {\"a\": 1}\n\n: ping\n");
  styles(BODY_EVENTS, "data: {\"a\": [1, true]}", "kkkkp.pkkkp.pnp.wwwwpp"
         /* data: {"a": [1, true]} */);
  styles(BODY_EVENTS, ": ping", "dddddd");
  styles(BODY_EVENTS, "event: add", "kkkkkpssss");
}

static void scripts_are_indented_by_their_brackets(void **state) {
  (void)state;
  shows(
      BODY_JS,
      "!function(e,t){for(var i=0;i<3;i++){a(i)}if(e)/x}[/]/.test(t);else{t=a/b/c;return{k:1,l:{m:'}'}}}}(1,function(){"
      "return`a${b+`c`}}\n d`});// end\n\n\n/* long\n  comment */var x={long:[1,2],short:{a:1},f(){return 1;}}",
      "!function(e,t){\n"
      "  for(var i=0;i<3;i++){a(i)}\n"
      "  if(e)/x}[/]/.test(t);\n"
      "  else{\n"
      "    t=a/b/c;\n"
      "    return{\n"
      "      k:1,l:{m:'}'}\n"
      "    }\n"
      "  }\n"
      "}(1,function(){\n"
      "  return`a${b+`c`}}\n"
      " d`\n"
      "});// end\n"
      "\n"
      "/* long\n"
      "  comment */var x={\n"
      "  long:[1,2],\n"
      "  short:{a:1},\n"
      "  f(){\n"
      "    return 1;\n"
      "  }\n"
      "}\n");
  styles(BODY_JS, "if(a)return 'b'+/c/g/2;// d", "wwp.pwwwwww.sss.ssss.npdddd"
         /* if(a)return 'b'+/c/g/2;// d */);
}

static void style_sheets_are_indented(void **state) {
  (void)state;
  shows(BODY_CSS,
        "@charset \"x\";a:hover,b>c{color:red;background:url(data:x;y/*{)}\n\n@media "
        "(min-width:1px){.a{content:'}';w:0}}p{}/* x\n"
        " y */",
        "@charset \"x\";\n"
        "a:hover,b>c{\n"
        "  color:red;\n"
        "  background:url(data:x;y/*{)\n"
        "}\n"
        "\n"
        "@media (min-width:1px){\n"
        "  .a{\n"
        "    content:'}';\n"
        "    w:0\n"
        "  }\n"
        "}\n"
        "p{}/* x\n"
        " y */\n");
}

static void a_wrong_line_of_ndjson_is_alone(void **state) {
  (void)state;
  shows(BODY_NDJSON, "{\"a\":1}\noops {\n[1]\n{\"b\":[2,}\n3",
        "{\n  \"a\": 1\n}\noops {\n[\n  1\n]\n{\n  \"b\": [\n    2,\n  }\n3\n");
}

static void parts_are_shown_by_their_kind(void **state) {
  (void)state;
  shows(BODY_MULTIPART,
        "--b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\ny\r\n--b0\r\nContent-Type: application/json\r\n"
        "\r\n{\"a\":[1,\r\n\"--b0\"]}\r\n--b0\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n--b0--\r\nend\n",
        "--b0\n"
        "Content-Disposition: form-data; name=\"a\"\n"
        "\n"
        "x\n"
        "y\n"
        "--b0\n"
        "Content-Type: application/json\n"
        "\n"
        "{\n"
        "  \"a\": [\n"
        "    1,\n"
        "    \"--b0\"\n"
        "  ]\n"
        "}\n"
        "--b0\n"
        "Content-Type: image/png\n"
        "\n"
        "00000095  89 50 4e 47 0d 0a 1a 0a                           |.PNG....|\n"
        "--b0--\n"
        "end\n");
  shows(BODY_MULTIPART, "no boundary\n-- \nat all", "no boundary\n-- \nat all\n");
  styles(BODY_MULTIPART, "--b\r\n", "ddd");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(xml_is_indented_by_its_tags),
      cmocka_unit_test(xml_that_does_not_fit_stays),
      cmocka_unit_test(html_knows_its_elements),
      cmocka_unit_test(raw_text_is_kept),
      cmocka_unit_test(markup_styles),
      cmocka_unit_test(forms_are_decoded),
      cmocka_unit_test(events_are_coloured),
      cmocka_unit_test(scripts_are_indented_by_their_brackets),
      cmocka_unit_test(style_sheets_are_indented),
      cmocka_unit_test(parts_are_shown_by_their_kind),
      cmocka_unit_test(a_wrong_line_of_ndjson_is_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
