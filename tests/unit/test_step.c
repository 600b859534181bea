/* What holds for every kind of body that is cut into lines (lib/pretty_rules.h), for bodies cut, changed and drawn out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pretty_rules.h"

static void nothing_is_lost(enum body_kind kind, struct slice body) {
  const char *wrong = rules_hold(kind, body);
  if (wrong)
    fail_msg("%s: %s: %.*s", body_kind_name(kind), wrong, (int)(body.n < 400 ? body.n : 400), body.p);
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
