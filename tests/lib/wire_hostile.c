/* Steps with a client of their own: hostile messages, one a line, traffic that passes by, and a request that comes
 * round. */
#include "wire_private.h"

static void start_client(struct wire *w, struct slice bytes) {
  peer_forget(&w->guest);
  open_client(w, &w->guest);
  peer_send(&w->guest, bytes);
}

static bool answered_and_over(struct wire *w, struct peer *p, const void *arg) {
  return has_ended(w, p, arg) && (!p->got.n || response_is_there(w, p, arg));
}

/* A whole 4xx or 5xx, or nothing but the end; never anything behind the answer. */
static void expect_refusal(struct wire *w, bool may_stay_open) {
  struct peer *p = &w->guest;
  until(w, may_stay_open ? response_is_there : answered_and_over, p, NULL);
  int status = 0;
  size_t size = response_size(buf_slice(&p->got), &status);
  bool refused = p->got.n ? size == p->got.n && status >= 400 && status < 600 : has_ended(w, p, NULL);
  if (!refused)
    show("the client got", buf_slice(&p->got));
  CHECK(w, refused, "was not refused with one whole answer");
  CHECK(w, may_stay_open || has_ended(w, p, NULL), "the connection goes on");
}

/* refused> BYTES: no server hears of it. */
static void hostile_request(struct wire *w, struct slice bytes) {
  int before = w->servers;
  start_client(w, bytes);
  expect_refusal(w, false);
  turns(w, 20);
  CHECK(w, w->servers == before, "a server connection was made for it");
}

/* The server that a guest's request went to; it is taken off the list again, so that servers keep their numbers. */
static struct peer *guest_server(struct wire *w, int before) {
  until(w, server_is_there, NULL, &before);
  CHECK(w, w->servers == before + 1, "no connection to a server was made");
  return &w->server[before];
}

static void forget_server(struct wire *w) {
  peer_forget(&w->guest);
  turns(w, 20);
  peer_forget(&w->server[--w->servers]);
}

/* bad-body> BYTES behind the head of a chunked upload: refused, and what the server got does not look complete. */
static void hostile_body(struct wire *w, struct slice bytes) {
  int before = w->servers;
  start_client(w, SLICE("POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"));
  struct peer *s = guest_server(w, before);
  peer_send(&w->guest, bytes);
  expect_refusal(w, false);
  until(w, has_ended, s, NULL);
  CHECK(w, s->broke, "the server did not see an abort");
  CHECK(w, slice_find(buf_slice(&s->got), SLICE("\r\n0\r\n")) < 0, "the server got the last chunk");
  forget_server(w);
}

/* bad-answer> BYTES of a server: the client gets one whole 502, or, behind `late`, sees an answer that is cut. */
static void hostile_answer(struct wire *w, struct slice bytes, bool late) {
  int before = w->servers;
  start_client(w, SLICE("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n"));
  struct peer *s = guest_server(w, before), *c = &w->guest;
  peer_send(s, bytes);
  if (late) {
    until(w, has_ended, c, NULL);
    CHECK(w, has_ended(w, c, NULL), "the client's connection goes on");
    CHECK(w, slice_find(buf_slice(&c->got), SLICE("\r\n0\r\n")) < 0, "the client got the last chunk");
  } else {
    expect_refusal(w, true);
  }
  until(w, has_ended, s, NULL);
  CHECK(w, has_ended(w, s, NULL), "the server's connection goes on");
  forget_server(w);
}

bool hostile_step(struct wire *w, const char *line) {
  static const char *const verbs[] = {"refused>", "bad-body>", "bad-answer>", "cut-answer>"};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    size_t n = strlen(verbs[i]);
    if (strncmp(line, verbs[i], n) != 0)
      continue;
    settle_all(w);
    struct buf bytes = BUF_INIT;
    unescape(&bytes, line[n] == ' ' ? line + n + 1 : line + n);
    if (i == 0)
      hostile_request(w, buf_slice(&bytes));
    else if (i == 1)
      hostile_body(w, buf_slice(&bytes));
    else
      hostile_answer(w, buf_slice(&bytes), i == 3);
    buf_clear(&bytes);
    return true;
  }
  return false;
}

/* Exchanges of another client with another server, one after the other, each answered in full. */
void traffic_step(struct wire *w, int exchanges) {
  peer_forget(&w->guest);
  open_client(w, &w->guest);
  for (int i = 0; i < exchanges; i++) {
    peer_send(&w->guest, SLICE("GET http://traffic.test/ HTTP/1.1\r\nHost: traffic.test\r\n\r\n"));
    int status = 0;
    until(w, response_is_there, &w->guest, NULL);
    size_t size = response_size(buf_slice(&w->guest.got), &status);
    CHECK(w, size && status == 200, "exchange %d of the traffic was not answered", i + 1);
    buf_reset(&w->guest.got);
  }
}

/* "c2 repeats s": what the server got goes to the proxy again, as a second proxy would send it. */
void repeat_step(struct wire *w, struct peer *client, struct peer *server) {
  struct buf again = BUF_INIT;
  turns(w, 20);
  struct slice got = buf_slice(&server->got);
  ptrdiff_t target = slice_find_byte(got, '/');
  CHECK(w, target > 0, "the server got no request");
  bool origin_form = target && got.p[target - 1] == ' ';
  buf_add(&again, got.p, (size_t)target);
  buf_add_text(&again, origin_form ? "http://a.test" : "");
  buf_add_slice(&again, slice_from(got, (size_t)target));
  buf_reset(&server->got);
  peer_send(client, buf_slice(&again));
  buf_clear(&again);
}
