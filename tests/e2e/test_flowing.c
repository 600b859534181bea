/* Event streams through a rule to the real curl: each event is there before its server goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"
#include "weir/body/decode.h"

#define EVENTS 20

/* A server that says what the test says. */
struct stage {
  struct net_program weir, curl;
  int listener, server;
};

static void begin(struct stage *s, const char *rule, const char *option) {
  int port;
  char url[60], proxy[60], seen[2000];
  s->listener = net_listen(&port);
  s->weir = net_weir((const char *[]){"--rule", rule, NULL});
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", s->weir.port);
  snprintf(url, sizeof url, "http://127.0.0.1:%d/events", port);
  s->curl = net_start(
      (const char *[]){"curl", "-q", "-sSN", "--max-time", "60", "--noproxy", "", "-x", proxy, option, url, NULL});
  s->server = net_accept(s->listener);
  assert_true(s->server >= 0 && net_until(s->server, "\r\n\r\n", seen, sizeof seen));
}

static void send_chunk(const struct stage *s, struct slice bytes) {
  char size[20];
  snprintf(size, sizeof size, "%zx\r\n", bytes.n);
  assert_true(net_send(s->server, size) && net_send_n(s->server, bytes.p, bytes.n) && net_send(s->server, "\r\n"));
}

static void hears(struct stage *s, const char *line) {
  char *got = net_line(&s->curl, line);
  if (!got)
    fail_msg("curl does not print \"%s\" while its server waits", line);
  free(got);
}

static int curl_ended(struct stage *s) {
  int status;
  assert_int_equal(waitpid(s->curl.pid, &status, 0), s->curl.pid);
  close(s->curl.in);
  close(s->curl.out);
  close(s->curl.err);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void end(struct stage *s) {
  close(s->server);
  close(s->listener);
  int status = net_stop(&s->weir);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void each_event_comes_at_once(void **state) {
  struct stage s;
  (void)state;
  begin(&s, "type:sse => replace response body /(?m)^data: (\\d+) bad$/ \"data: $1 good\"", "-4");
  assert_true(net_send(s.server, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < EVENTS; i++) {
    char event[60], wanted[60];
    snprintf(event, sizeof event, "data: %d bad\n\n", i);
    snprintf(wanted, sizeof wanted, "data: %d good", i);
    size_t half = (size_t)i % strlen(event);
    if (half) /* the end of a chunk in the middle of a match */
      send_chunk(&s, slice_make(event, half));
    send_chunk(&s, slice_of(event + half));
    hears(&s, wanted);
  }
  assert_true(net_send(s.server, "0\r\n\r\n"));
  assert_int_equal(curl_ended(&s), 0);
  end(&s);
}

static void so_does_each_of_a_coded_stream(void **state) {
  static const char *const codings[] = {"gzip", "deflate"};
  (void)state;
  for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
    struct stage s;
    struct buf piece = BUF_INIT;
    char head[200];
    struct body_encoder *e = body_encoder_new(slice_of(codings[i]), NULL);
    begin(&s, "=> replace response body \"bad\" \"good\"", "--compressed");
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: %s\r\n"
             "Transfer-Encoding: chunked\r\n\r\n",
             codings[i]);
    assert_true(net_send(s.server, head));
    for (int k = 0; k < EVENTS; k++) {
      char event[60], wanted[60];
      snprintf(event, sizeof event, "data: %d bad\n\n", k);
      snprintf(wanted, sizeof wanted, "data: %d good", k);
      buf_reset(&piece);
      assert_true(body_encoder_feed(e, slice_of(event), false, &piece) && body_encoder_flush(e, &piece));
      send_chunk(&s, buf_slice(&piece));
      hears(&s, wanted);
    }
    buf_reset(&piece);
    assert_true(body_encoder_feed(e, (struct slice){NULL, 0}, true, &piece));
    send_chunk(&s, buf_slice(&piece));
    assert_true(net_send(s.server, "0\r\n\r\n"));
    assert_int_equal(curl_ended(&s), 0);
    body_encoder_free(e);
    buf_clear(&piece);
    end(&s);
  }
}

#define PARTIAL_FILE 18

static void one_that_breaks_off_is_seen_to(void **state) {
  struct stage s;
  (void)state;
  begin(&s, "=> replace response body \"bad\\n!\" \"good\\n\"", "-4");
  assert_true(net_send(s.server, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  send_chunk(&s, SLICE("it is bad\n!it was bad\n"));
  hears(&s, "it is good");
  close(s.server);
  s.server = -1;
  hears(&s, "it was bad"); /* what was held back for the rest of a match */
  assert_int_equal(curl_ended(&s), PARTIAL_FILE);
  end(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_event_comes_at_once),
      cmocka_unit_test(so_does_each_of_a_coded_stream),
      cmocka_unit_test(one_that_breaks_off_is_seen_to),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
