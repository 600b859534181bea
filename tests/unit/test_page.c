/* weir's own page: every step is there with nothing left to fill in, in text and in HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/page_text.h"

static struct page_facts facts = {
    .place = {.proxy = "[2001:db8::1]:9000",
              .port = 9000,
              .ca = "ca.pem",
              .tag = "weir-9f3152aa01cd",
              .weir = "build/weir",
              .run = "build/weir run --confdir <d>",
              .install = "build/weir ca install --confdir <d>",
              .show = "build/weir ca --confdir <d>"},
    .name = "CA <of> \"one\"",
    .fingerprint = "9F:31:52",
    .until = 2110000000, /* 2036-11-11 */
    .off = "HTTPS is <not> read",
    .flows = 12,
    .recording = true,
};

static void every_row_is_filled_in(void **state) {
  (void)state;
  assert_true(guide_table_n > 10);
  for (size_t i = 0; i < guide_table_n; i++) {
    struct buf out = BUF_INIT;
    guide_steps(&out, &guide_table[i], &facts.place);
    assert_true(out.n > 0);
    if (strpbrk(out.p, "{}"))
      fail_msg("%s: %s", guide_table[i].name, out.p);
    buf_clear(&out);
  }
  struct guide_row row = {GUIDE_RUNTIME, "", "{proxy} {port}, {ca}{ca} {tag} {weir} {run} {other}"};
  struct buf out = BUF_INIT;
  guide_steps(&out, &row, &facts.place);
  assert_string_equal(
      out.p, "[2001:db8::1]:9000 9000, ca.pemca.pem weir-9f3152aa01cd build/weir build/weir run --confdir <d> {other}");
  buf_clear(&out);
}

static const char *const everywhere[] = {
    "Debian",   "Fedora",     "macOS",  "Windows", "Firefox", "Chromium", "iPhone", "Android",
    "wget",     "pip",        "npm",    "keytool", "Go",      "Ruby",     "PHP",    ".NET",
    "openSUSE", "curl",       "Python", "Node",    "Java",    "git",      "docker", "[2001:db8::1]:9000",
    "9F:31:52", "2036-11-11",
};

static void see_everything(const struct buf *out) {
  for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
    if (!strstr(out->p, everywhere[i]))
      fail_msg("%s is not there", everywhere[i]);
}

static void text_has_it_all(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  page_plain(&out, &facts);
  see_everything(&out);
  assert_non_null(strstr(out.p, "CA <of> \"one\", until"));
  assert_non_null(strstr(out.p, "http://[2001:db8::1]:9000/ca.pem"));
  assert_non_null(strstr(out.p, "recorded   12 "));
  buf_clear(&out);
}

static void html_has_it_all_escaped(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  page_html(&out, &facts);
  see_everything(&out);
  assert_non_null(strstr(out.p, "<b>CA &lt;of&gt; &quot;one&quot;</b>"));
  assert_non_null(strstr(out.p, "href=\"/ca.pem\""));
  assert_non_null(strstr(out.p, "href=\"/ca.der\""));
  size_t opened = 0, closed = 0;
  for (const char *p = out.p; (p = strstr(p, "<pre>")); p++)
    opened++;
  for (const char *p = out.p; (p = strstr(p, "</pre>")); p++)
    closed++;
  assert_int_equal(opened, closed);
  assert_true(opened > 10);
  assert_null(strstr(out.p, "<script"));
  buf_clear(&out);
}

static void without_an_authority_there_is_none_to_get(void **state) {
  (void)state;
  struct page_facts off = facts;
  off.name = off.fingerprint = NULL;
  struct buf text = BUF_INIT, html = BUF_INIT;
  page_plain(&text, &off);
  page_html(&html, &off);
  const struct buf *both[] = {&text, &html};
  for (size_t i = 0; i < 2; i++) {
    assert_non_null(strstr(both[i]->p, i ? "HTTPS is &lt;not&gt; read." : "HTTPS is <not> read."));
    assert_null(strstr(both[i]->p, "ca.pem"));
  }
  buf_clear(&text);
  buf_clear(&html);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_is_filled_in),
      cmocka_unit_test(text_has_it_all),
      cmocka_unit_test(html_has_it_all_escaped),
      cmocka_unit_test(without_an_authority_there_is_none_to_get),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
