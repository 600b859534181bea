/* HTTPS on the screen: an encrypted POST is paused, edited, sent, sent again and shown as a clear one would be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tls_dial.h"
#include "tls_lab.h"
#include "tui.h"

static struct lab lab;
static struct tui t;
static struct origin origin;

/* After the head the body of 9 bytes comes, and goes back. */
static struct origin_tls wish = {.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\n",
                                 .echo = true};

static int setup(void **state) {
  (void)state;
  lab_open(&lab);
  wish.pem = lab_pem(&lab, LAB_GOOD);
  origin = origin_start(origin_tls, &wish);
  tui_open(&t, &(struct tui_options){.arguments = (const char *[]){"--upstream-ca", lab.ca, NULL}});
  return 0;
}

static int teardown(void **state) {
  (void)state;
  tui_close(&t);
  origin_stop(&origin);
  lab_close(&lab);
  return 0;
}

static void an_encrypted_post_is_paused_edited_and_sent_again(void **state) {
  (void)state;
  struct dial d;
  char url[100];
  tui_keys(&t, "i\025");
  tui_see(&t, "intercept:");
  tui_keys(&t, "~m POST\r");
  tui_see(&t, "intercept on");
  assert_true(dial_open(&d, t.port, "localhost", origin.port, &(struct dial_wish){.sni = "localhost"}));
  assert_true(dial_send(&d, "POST /secret HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nold-value"));
  tui_see(&t, "1 PAUSED"); /* its number is the CONNECT's: no hole */
  assert_int_equal(origin.count->requests, 0);
  tui_keys(&t, "'e");
  tui_see(&t, "Edit request #1 (paused)");
  tui_see(&t, "old-value");
  tui_keys(&t, "\033r");
  tui_see(&t, "replace:");
  tui_keys(&t, "old-value\r");
  tui_see(&t, "replace with:");
  tui_keys(&t, "new-value\r");
  tui_see(&t, "1 replaced");
  assert_int_equal(origin.count->requests, 0);
  tui_keys(&t, "\023");
  tui_see(&t, "#1 goes on as you changed it");
  struct net_response r = dial_response(&d, false);
  assert_int_equal(r.status, 200);
  assert_string_equal(r.body, "new-value");
  net_response_free(&r);
  dial_close(&d);
  tui_keys(&t, "ggr");
  tui_see(&t, "sent as #2");
  assert_true(origin_wait(&origin.count->requests, 2));
  tui_keys(&t, "2gg\r");
  snprintf(url, sizeof url, "https://localhost:%d/secret", origin.port);
  tui_see(&t, url);
  tui_see(&t, "new-value");
  tui_keys(&t, "q");
  tui_quit(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_encrypted_post_is_paused_edited_and_sent_again, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
