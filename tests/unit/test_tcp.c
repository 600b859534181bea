/* TCP on loopback: listening, accepting, the stream, and dialling with its race and its sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "turns.h"
#include "weir/io/tcp.h"

struct side {
  struct stream *stream;
  unsigned wanted;
  unsigned got;
  char bytes[64];
  size_t n;
  size_t total;
  bool read_all, eof, error, free_in_ready;
};

static unsigned want(void *arg) {
  return ((struct side *)arg)->wanted;
}

static void ready(void *arg, unsigned events) {
  struct side *s = arg;
  static char sink[65536];
  s->got |= events;
  if (s->free_in_ready) {
    stream_free(s->stream);
    s->stream = NULL;
    return;
  }
  if (!(events & STREAM_READ) || !s->read_all)
    return;
  size_t done;
  enum io_code code = stream_recv(s->stream, sink, sizeof sink, &done);
  if (code == IO_OK) {
    s->total += done;
    size_t keep = done < sizeof s->bytes - s->n ? done : sizeof s->bytes - s->n;
    memcpy(s->bytes + s->n, sink, keep);
    s->n += keep;
  }
  s->eof |= code == IO_EOF;
  s->error |= code == IO_ERROR;
  if (s->eof || s->error)
    s->wanted &= ~(unsigned)STREAM_READ;
}

struct net {
  struct loop *loop;
  struct resolver *resolver;
  struct address at;
  int listener;
  struct side a, b; /* who dialled, who accepted */
};

static int listen_on(struct address *at) {
  struct err err = ERR_INIT;
  int fd = tcp_listen(at, 64, &err);
  if (fd < 0)
    fail_msg("%s", err.text);
  return fd;
}

static int set_up(void **state) {
  struct net *n = calloc(1, sizeof *n);
  n->loop = loop_new();
  n->resolver = resolver_new(n->loop, NULL);
  n->at = (struct address){.family = 4, .ip = {127, 0, 0, 1}};
  n->listener = listen_on(&n->at);
  *state = n;
  return 0;
}

static int tear_down(void **state) {
  struct net *n = *state;
  stream_free(n->a.stream);
  stream_free(n->b.stream);
  if (n->listener >= 0)
    close(n->listener);
  resolver_free(n->resolver);
  loop_free(n->loop);
  free(n);
  return 0;
}

/* ---- dialling ---- */

struct dialled {
  int calls;
  struct tcp_dial_result result;
  struct tcp_dial *dial;
  bool cancel_inside;
};

static void on_dialled(void *arg, const struct tcp_dial_result *result) {
  struct dialled *d = arg;
  d->calls++;
  d->result = *result;
  if (d->cancel_inside)
    tcp_dial_cancel(d->dial);
}

static const struct tcp_dial_options limits = {.name_timeout_ns = 5 * CLOCK_S, .connect_timeout_ns = 5 * CLOCK_S};

static struct dialled dial(struct net *n, const char *host, uint16_t port, const struct tcp_dial_options *options) {
  struct dialled d = {0};
  d.dial = tcp_dial(n->loop, n->resolver, host, port, options ? options : &limits, on_dialled, &d);
  assert_int_equal(d.calls, 0);
  TURN_UNTIL(n->loop, d.calls > 0);
  for (int i = 0; i < 3; i++)
    loop_turn(n->loop, 0);
  assert_int_equal(d.calls, 1);
  return d;
}

static int accept_one(struct net *n, int listener, struct address *peer) {
  int fd = -1;
  enum tcp_accept_code code = TCP_NONE;
  TURN_UNTIL(n->loop, (code = tcp_accept(listener, &fd, peer)) == TCP_ACCEPTED);
  return fd;
}

static void join(struct net *n) {
  struct dialled d = dial(n, "127.0.0.1", n->at.port, NULL);
  assert_non_null(d.result.stream);
  n->a.stream = d.result.stream;
  n->b.stream = tcp_stream_new(n->loop, accept_one(n, n->listener, NULL));
  n->a.wanted = n->b.wanted = STREAM_READ;
  n->a.read_all = n->b.read_all = true;
  stream_set_user(n->a.stream, (struct stream_user){want, ready, &n->a});
  stream_set_user(n->b.stream, (struct stream_user){want, ready, &n->b});
}

static void send_text(struct side *s, const char *text) {
  size_t done;
  assert_int_equal(stream_send(s->stream, text, strlen(text), &done), IO_OK);
  assert_int_equal(done, strlen(text));
}

static void bytes_go_both_ways(void **state) {
  struct net *n = *state;
  struct stream_info a, b;
  join(n);
  send_text(&n->a, "there");
  send_text(&n->b, "and back");
  TURN_UNTIL(n->loop, n->b.n == 5 && n->a.n == 8);
  assert_memory_equal(n->b.bytes, "there", 5);
  assert_memory_equal(n->a.bytes, "and back", 8);
  size_t done = 7;
  char byte;
  assert_int_equal(stream_recv(n->a.stream, &byte, 1, &done), IO_AGAIN);
  assert_int_equal(done, 0);
  stream_info(n->a.stream, &a);
  stream_info(n->b.stream, &b);
  assert_string_equal(a.kind, "tcp");
  assert_true(address_eq(&a.peer, &n->at));
  assert_true(address_eq(&a.local, &b.peer));
  assert_true(address_eq(&b.local, &n->at));
}

static volatile sig_atomic_t interruptions;

static void interrupt(int sig) {
  (void)sig;
  interruptions++;
}

/* A signal every 200 us, without SA_RESTART: select() and the rest return early, and nothing is lost or taken for an
 * error. */
static void interruptions_lose_nothing(void **state) {
  struct net *n = *state;
  struct sigaction act = {.sa_handler = interrupt}, before;
  struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
  static char block[4096];
  size_t sent = 0, done;
  uint64_t end = clock_mono() + TURNS_LIMIT;
  sigaction(SIGALRM, &act, &before);
  setitimer(ITIMER_REAL, &often, NULL);
  join(n);
  while ((sent < 4u << 20 || interruptions < 100) && clock_mono() < end) {
    enum io_code code = stream_send(n->a.stream, block, sizeof block, &done);
    assert_true(code == IO_OK || code == IO_AGAIN);
    sent += code == IO_OK ? done : 0;
    loop_turn(n->loop, CLOCK_MS);
  }
  TURN_UNTIL(n->loop, n->b.total == sent);
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &before, NULL);
  assert_true(interruptions >= 100);
  assert_false(n->a.error || n->b.error || n->b.eof);
}

static void sockets_are_as_promised(void **state) {
  struct net *n = *state;
  join(n);
  int fds[] = {n->listener, tcp_stream_fd(n->a.stream), tcp_stream_fd(n->b.stream)};
  for (int i = 0; i < 3; i++) {
    int on = 0;
    socklen_t size = sizeof on;
    assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
    assert_int_equal(getsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    assert_int_equal(on, 1);
  }
}

static void half_close_leaves_the_other_direction(void **state) {
  struct net *n = *state;
  join(n);
  send_text(&n->a, "last");
  assert_int_equal(stream_shutdown(n->a.stream), IO_OK);
  TURN_UNTIL(n->loop, n->b.eof);
  assert_int_equal(n->b.n, 4);
  assert_false(n->a.eof);
  send_text(&n->b, "answer");
  TURN_UNTIL(n->loop, n->a.n == 6);
  assert_false(n->a.eof);
}

static void an_abort_is_an_error_to_the_peer(void **state) {
  struct net *n = *state;
  join(n);
  stream_abort(n->a.stream);
  n->a.stream = NULL;
  TURN_UNTIL(n->loop, n->b.error);
  assert_false(n->b.eof);
  assert_int_equal(stream_error(n->b.stream), ECONNRESET);
  size_t done;
  assert_int_equal(stream_send(n->b.stream, "x", 1, &done), IO_ERROR); /* and no SIGPIPE */
  assert_int_equal(stream_error(n->b.stream), EPIPE);
}

static void an_orderly_close_is_an_end(void **state) {
  struct net *n = *state;
  join(n);
  stream_free(n->a.stream);
  n->a.stream = NULL;
  TURN_UNTIL(n->loop, n->b.eof);
  assert_false(n->b.error);
}

static void a_full_pipe_says_again_and_then_tells(void **state) {
  struct net *n = *state;
  static char block[65536];
  size_t sent = 0, done;
  enum io_code code;
  join(n);
  n->b.wanted = 0; /* back-pressure: nobody reads */
  stream_touch(n->b.stream);
  while ((code = stream_send(n->a.stream, block, sizeof block, &done)) == IO_OK)
    sent += done;
  assert_int_equal(code, IO_AGAIN);
  assert_int_equal(done, 0);
  n->a.wanted = STREAM_WRITE;
  stream_touch(n->a.stream);
  for (int i = 0; i < 5; i++)
    loop_turn(n->loop, CLOCK_MS);
  assert_int_equal(n->b.total, 0);
  if (n->a.got & STREAM_WRITE) /* the peer's buffer may still have grown */
    skip();
  n->b.wanted = STREAM_READ;
  stream_touch(n->b.stream);
  TURN_UNTIL(n->loop, (n->a.got & STREAM_WRITE) && n->b.total == sent);
}

static void freeing_inside_ready_is_fine(void **state) {
  struct net *n = *state;
  join(n);
  n->b.free_in_ready = true;
  send_text(&n->a, "x");
  TURN_UNTIL(n->loop, !n->b.stream);
  TURN_UNTIL(n->loop, n->a.eof || n->a.error);
}

static void the_peer_leaving_is_told_while_nobody_reads(void **state) {
  struct net *n = *state;
  join(n);
  n->b.wanted = STREAM_HUP;
  stream_touch(n->b.stream);
  send_text(&n->a, "a request that is paused");
  for (int i = 0; i < 3; i++)
    loop_turn(n->loop, CLOCK_MS);
  assert_int_equal(n->b.got, 0);
  stream_free(n->a.stream);
  n->a.stream = NULL;
  TURN_UNTIL(n->loop, n->b.got == STREAM_HUP);
  assert_int_equal(n->b.n, 0);
}

static void ipv6_has_its_own_listener(void **state) {
  struct net *n = *state;
  struct address six = {.family = 6, .port = n->at.port};
  struct err err = ERR_INIT;
  int fd = tcp_listen(&six, 8, &err); /* [::] beside 127.0.0.1 on one port: only with IPV6_V6ONLY */
  if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
    skip();
  assert_true(fd >= 0);
  struct address again = six;
  assert_int_equal(tcp_listen(&again, 8, &err), -1);
  assert_int_equal(errno, EADDRINUSE);
  assert_non_null(strstr(err.text, "cannot listen on [::]:"));
  close(fd);
}

static void out_of_descriptors_is_told(void **state) {
  struct net *n = *state;
  struct rlimit before, low;
  struct address peer;
  int fd;
  assert_int_equal(tcp_accept(n->listener, &fd, &peer), TCP_NONE);
  struct dialled d = dial(n, "127.0.0.1", n->at.port, NULL);
  n->a.stream = d.result.stream;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  low = before;
  low.rlim_cur = (rlim_t)tcp_stream_fd(n->a.stream); /* the lowest number still free is at least this, or 0..here */
  for (rlim_t i = 0; i < low.rlim_cur; i++)
    assert_true(fcntl((int)i, F_GETFD) >= 0 || dup2(n->listener, (int)i) >= 0);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
  enum tcp_accept_code code = tcp_accept(n->listener, &fd, &peer);
  struct tcp_dial_result result = dial(n, "127.0.0.1", n->at.port, NULL).result;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(code, TCP_FULL);
  assert_null(result.stream);
  assert_int_equal(result.code, EMFILE);
  assert_non_null(strstr(result.text, "out of descriptors"));
  fd = accept_one(n, n->listener, &peer); /* it was not lost */
  assert_true(address_is_loopback(&peer));
  close(fd);
}

static uint16_t closed_port(void) {
  struct address at = {.family = 4, .ip = {127, 0, 0, 1}};
  close(listen_on(&at));
  return at.port;
}

static void a_refusal_is_a_sentence(void **state) {
  struct net *n = *state;
  char expected[64];
  uint16_t port = closed_port();
  struct tcp_dial_result r = dial(n, "127.0.0.1", port, NULL).result;
  assert_null(r.stream);
  assert_int_equal(r.stage, TCP_STAGE_CONNECT);
  assert_int_equal(r.code, ECONNREFUSED);
  assert_false(r.timed_out);
  snprintf(expected, sizeof expected, "127.0.0.1:%u: connection refused", port);
  assert_string_equal(r.text, expected);
  assert_int_equal(r.name_ns, 0);
  assert_int_equal(r.address.port, port);
  char name[301] = {0};
  memset(name, 'n', sizeof name - 1);
  r = dial(n, name, 1, NULL).result;
  assert_int_equal(r.stage, TCP_STAGE_NAME);
  assert_int_equal(r.code, RESOLVE_INVALID);
  assert_null(r.stream);
  assert_non_null(strstr(r.text, "nnn: not a valid name"));
}

static void the_family_that_listens_wins(void **state) {
  struct net *n = *state;
  /* "localhost" is ::1 and 127.0.0.1; only the second one listens. */
  uint64_t start = clock_mono();
  struct dialled d = dial(n, "localhost", n->at.port, NULL);
  assert_non_null(d.result.stream);
  assert_true(address_eq(&d.result.address, &n->at));
  assert_true(clock_mono() - start < 200 * CLOCK_MS); /* a refusal does not wait for the attempt delay */
  n->a.stream = d.result.stream;
  /* And the other way round. */
  struct address six = {.family = 6, .ip = {[15] = 1}};
  struct err err;
  int fd = tcp_listen(&six, 8, &err);
  if (fd < 0)
    skip();
  d = dial(n, "LocalHost.", six.port, NULL);
  assert_non_null(d.result.stream);
  assert_true(address_eq(&d.result.address, &six));
  n->b.stream = d.result.stream;
  close(fd);
}

static bool only_port(void *arg, const struct address *a) {
  return a->port == *(uint16_t *)arg;
}

static void a_refused_address_is_no_attempt(void **state) {
  struct net *n = *state;
  uint16_t port = 1;
  struct tcp_dial_options options = limits;
  options.allow = only_port;
  options.allow_arg = &port;
  struct tcp_dial_result r = dial(n, "localhost", n->at.port, &options).result;
  assert_int_equal(r.code, ELOOP);
  assert_int_equal(r.stage, TCP_STAGE_CONNECT);
  assert_null(r.stream);
  int fd;
  assert_int_equal(tcp_accept(n->listener, &fd, NULL), TCP_NONE);
  port = n->at.port;
  r = dial(n, "127.0.0.1", n->at.port, &options).result;
  assert_non_null(r.stream);
  n->a.stream = r.stream;
}

static void nobody_answers(void **state) {
  struct net *n = *state;
  struct address full = {.family = 4, .ip = {127, 0, 0, 1}};
  struct err err;
  int fd = tcp_listen(&full, 0, &err); /* a backlog of one, which is never accepted: Linux drops what comes then */
  struct sockaddr_storage sa;
  socklen_t size = address_to_sockaddr(&full, &sa);
  int filler[4];
  for (int i = 0; i < 4; i++) {
    filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int rc = connect(filler[i], (struct sockaddr *)&sa, size);
    (void)rc;
  }
  struct tcp_dial_options options = {.connect_timeout_ns = 150 * CLOCK_MS};
  struct tcp_dial_result r = dial(n, "127.0.0.1", full.port, &options).result;
  char expected[80];
  snprintf(expected, sizeof expected, "127.0.0.1:%u: no answer within 150 ms", full.port);
  assert_null(r.stream);
  assert_true(r.timed_out);
  assert_int_equal(r.code, ETIMEDOUT);
  assert_string_equal(r.text, expected);
  assert_true(r.connect_ns >= 150 * CLOCK_MS);
  for (int i = 0; i < 4; i++)
    close(filler[i]);
  close(fd);
}

static void cancelled_means_silence(void **state) {
  struct net *n = *state;
  struct dialled d = {0};
  size_t before = loop_count(n->loop);
  tcp_dial_cancel(tcp_dial(n->loop, n->resolver, "127.0.0.1", n->at.port, &limits, on_dialled, &d));
  tcp_dial_cancel(tcp_dial(n->loop, n->resolver, "localhost", n->at.port, &limits, on_dialled, &d));
  tcp_dial_cancel(NULL);
  struct tcp_dial *late = tcp_dial(n->loop, n->resolver, "localhost", n->at.port, &limits, on_dialled, &d);
  loop_turn(n->loop, 0);
  tcp_dial_cancel(late);
  for (int i = 0; i < 10; i++)
    loop_turn(n->loop, CLOCK_MS);
  assert_int_equal(d.calls, 0);
  assert_int_equal(loop_count(n->loop), before);
  /* From inside the callback it changes nothing. */
  d.cancel_inside = true;
  d.dial = tcp_dial(n->loop, n->resolver, "127.0.0.1", n->at.port, &limits, on_dialled, &d);
  TURN_UNTIL(n->loop, d.calls == 1);
  loop_turn(n->loop, 0);
  n->a.stream = d.result.stream;
  assert_non_null(n->a.stream);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(bytes_go_both_ways),
      TEST(interruptions_lose_nothing),
      TEST(sockets_are_as_promised),
      TEST(half_close_leaves_the_other_direction),
      TEST(an_abort_is_an_error_to_the_peer),
      TEST(an_orderly_close_is_an_end),
      TEST(a_full_pipe_says_again_and_then_tells),
      TEST(freeing_inside_ready_is_fine),
      TEST(the_peer_leaving_is_told_while_nobody_reads),
      TEST(ipv6_has_its_own_listener),
      TEST(out_of_descriptors_is_told),
      TEST(a_refusal_is_a_sentence),
      TEST(the_family_that_listens_wins),
      TEST(a_refused_address_is_no_attempt),
      TEST(nobody_answers),
      TEST(cancelled_means_silence),
  };
  return cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
