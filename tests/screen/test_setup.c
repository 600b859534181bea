/* The setup screen: what it says with and without an authority, what its letters copy, and which clients it knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proxy/parts.h"
#include "screen.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/tls/authority.h"

static void setup_without_authority(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  err_set(&s.w.tls_off, "--no-tls was given");
  screen_keys(&s, "g o");
  assert_has(&s, "--no-tls was given");
  screen_golden(&s, "setup_off_120x36");
  screen_keys(&s, "n");
  assert_has(&s, "there is no certificate to trust");
  screen_keys(&s, "q F8");
  assert_has(&s, "[F8 Setup]");
  screen_keys(&s, "F8");
  assert_has(&s, "this is the setup");
  screen_close(&s);
}

struct setup {
  char dir[64], path[96], key[96];
  struct authority *authority;
};

static void setup_open(struct screen *s, struct setup *x, int width, int height) {
  snprintf(x->dir, sizeof x->dir, "/tmp/weir-setup-XXXXXX");
  assert_non_null(mkdtemp(x->dir));
  snprintf(x->path, sizeof x->path, "%s/ca.pem", x->dir);
  snprintf(x->key, sizeof x->key, "%s/ca.key", x->dir);
  struct err err = ERR_INIT;
  x->authority = authority_open(&(struct authority_files){.confdir = x->dir}, true, &err);
  if (x->authority == NULL)
    fail_msg("%s", err.text);
  screen_open(s, width, height);
  s->w.https = true;
  s->w.authority = x->authority;
  ui_dirty(s->ui);
  screen_turn(s);
}

static void setup_close(struct screen *s, struct setup *x) {
  screen_close(s);
  authority_free(x->authority);
  unlink(x->path);
  unlink(x->key);
  rmdir(x->dir);
}

static void the_key_log_is_told(void **state) {
  struct screen s;
  struct setup x;
  (void)state;
  setenv("SSLKEYLOGFILE", "/nowhere/keys.log", 1);
  setup_open(&s, &x, 120, 60);
  screen_keys(&s, "F8");
  assert_has(&s, "/nowhere/keys.log  the secrets of all connections go there (SSLKEYLOGFILE)");
  unsetenv("SSLKEYLOGFILE");
  setup_close(&s, &x);
}

static void setup_with_an_authority_that_broke(void **state) {
  struct options o = {0};
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  s.w.options = &o;
  s.w.https = true;
  o.confdir = (char *)(uintptr_t) "/proc/nowhere";
  screen_keys(&s, "F8");
  assert_has(&s, "HTTPS cannot be read at the moment: ");
  assert_has(&s, "/proc/nowhere");
  screen_close(&s);
}

/* What went to the terminal for its clipboard, decoded. */
static char *copied(struct screen *s) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  struct slice sent = terminal_fake_sent(s->t);
  struct buf out = BUF_INIT;
  size_t begin = 0;
  for (size_t i = 0; i + 7 <= sent.n; i++)
    if (memcmp(sent.p + i, "\033]52;c;", 7) == 0)
      begin = i + 7;
  assert_true(begin > 0);
  unsigned v = 0, bits = 0;
  for (size_t i = begin; i < sent.n && sent.p[i] != '\a' && sent.p[i] != '='; i++) {
    const char *digit = strchr(digits, sent.p[i]);
    assert_non_null(digit);
    v = v << 6 | (unsigned)(digit - digits);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      buf_add_byte(&out, (char)(v >> bits & 255));
    }
  }
  return buf_take(&out);
}

static void assert_copies(struct screen *s, const char *key, const char *want) {
  screen_keys(s, key);
  char *text = copied(s);
  assert_string_equal(text, want);
  free(text);
}

static void setup_copies(void **state) {
  struct screen s;
  struct setup x;
  char want[512];
  (void)state;
  setenv("TERM", "xterm-256color", 1);
  setup_open(&s, &x, 120, 36);
  assert_has(&s, "F8 shows how");
  assert_has(&s, "ca.pem https://example.com/");
  screen_keys(&s, "F8");
  assert_has(&s, authority_fingerprint(x.authority));
  assert_has(&s, x.path);
  assert_has(&s, "none yet");
  assert_copies(&s, "y", "export http_proxy=http://127.0.0.1:8888 https_proxy=http://127.0.0.1:8888");
  assert_has(&s, "shell copied");
  assert_copies(&s, "f", x.path);
  assert_copies(&s, "v", authority_fingerprint(x.authority));
  assert_copies(&s, "i", "weir ca install");
  s.options.confdir = mem_dup("/home/ann/it's here");
  ui_dirty(s.ui);
  screen_turn(&s);
  assert_copies(&s, "i", "weir ca install --confdir '/home/ann/it'\\''s here'");
  assert_has(&s, "first weir --listen"); /* for another device */
  snprintf(want, sizeof want,
           "export SSL_CERT_FILE=%s CURL_CA_BUNDLE=%s REQUESTS_CA_BUNDLE=%s NODE_EXTRA_CA_CERTS=%s GIT_SSL_CAINFO=%s",
           x.path, x.path, x.path, x.path, x.path);
  assert_copies(&s, "e", want);
  snprintf(want, sizeof want, "curl -x http://127.0.0.1:8888 --cacert %s https://example.com/", x.path);
  assert_copies(&s, "c", want);
  snprintf(want, sizeof want, "export NODE_EXTRA_CA_CERTS=%s", x.path);
  assert_copies(&s, "n", want);
  snprintf(want, sizeof want, "export SSL_CERT_FILE=%s", x.path);
  assert_copies(&s, "o", want);
  assert_copies(&s, "k j y", want); /* the cursor went there */
  snprintf(want, sizeof want, "export REQUESTS_CA_BUNDLE=%s", x.path);
  assert_copies(&s, "r", want);
  snprintf(want, sizeof want, "git -c http.proxy=http://127.0.0.1:8888 -c http.sslCAInfo=%s fetch", x.path);
  assert_copies(&s, "t", want);
  screen_keys(&s, "a");
  char *java = copied(&s);
  assert_non_null(strstr(java, "JAVA_TOOL_OPTIONS="));
  assert_non_null(strstr(java, x.path));
  free(java);
  screen_keys(&s, "g g y");
  assert_has(&s, "this line is to be read");
  terminal_fake_resize(s.t, 60, 24);
  screen_keys(&s, "v");
  const char *print = authority_fingerprint(x.authority);
  assert_has(&s, print + strlen(print) - 20); /* all of it is there to be compared */
  setup_close(&s, &x);
}

static void setup_tells_clients(void **state) {
  struct screen s;
  struct setup x;
  (void)state;
  struct address a = {.family = 4, .port = 1, .ip = {192, 168, 1, 7}},
                 b = {.family = 4, .port = 2, .ip = {127, 0, 0, 1}};
  setup_open(&s, &x, 120, 40);
  secure_rejected(s.w.proxy, &a, NULL, SLICE("pay.shop.test"));
  secure_rejected(s.w.proxy, &a, NULL, SLICE("evil\033[2J.test"));
  secure_accepted(s.w.proxy, &b, NULL);
  /* programs here have one address: each is a client of its own */
  char curl_name[] = "curl", wget_name[] = "wget";
  struct process curl = {.refs = 1, .name = curl_name}, wget = {.refs = 1, .name = wget_name};
  secure_accepted(s.w.proxy, &b, &curl);
  assert_int_equal(secure_rejected(s.w.proxy, &b, &wget, SLICE("shop.test")), 1);
  assert_int_equal(secure_rejected(s.w.proxy, &b, &curl, SLICE("shop.test")), 1);
  assert_int_equal(secure_rejected(s.w.proxy, &b, &wget, SLICE("shop.test")), 2);
  screen_keys(&s, "F8 G");
  assert_has(&s, "curl             1 connection trusted weir, 1 did not, last for shop.test");
  assert_has(&s, "wget             does not trust weir: refused it 2 times, last for shop.test");
  assert_has(&s, "192.168.1.7      does not trust weir: refused it 2 times, last for evil^[[2J.test");
  assert_has(&s, "127.0.0.1        trusts weir (1 connection)");
  secure_accepted(s.w.proxy, &a, NULL);
  screen_keys(&s, "k");
  assert_has(&s, "192.168.1.7      1 connection trusted weir, 2 did not, last for evil^[[2J.test");
  setup_close(&s, &x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(setup_without_authority),
      cmocka_unit_test(the_key_log_is_told),
      cmocka_unit_test(setup_with_an_authority_that_broke),
      cmocka_unit_test(setup_copies),
      cmocka_unit_test(setup_tells_clients),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
