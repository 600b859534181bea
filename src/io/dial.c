/* Connecting by name or address: the families race as in RFC 8305. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/io/tcp.h"

#define RESOLUTION_DELAY (50 * CLOCK_MS)  /* how long IPv4 waits for the names of IPv6 (RFC 8305-3) */
#define ATTEMPT_DELAY    (250 * CLOCK_MS) /* between two attempts (RFC 8305-5) */
#define ATTEMPTS_MAX     (2 * RESOLVE_MAX)

struct attempt {
  struct tcp_dial *dial;
  struct address address;
  int fd; /* -1: over */
};

struct family {
  struct address address[RESOLVE_MAX];
  size_t n, next;
  bool answered;
  enum resolve_code code;
};

struct tcp_dial {
  struct loop *loop;
  struct resolve_query *query; /* NULL: a literal, or both parts are here */
  struct tcp_dial_options options;
  tcp_dial_fn *fn;
  void *arg;
  char *name; /* NULL: a literal */
  uint16_t port;
  bool done;    /* the callback was called or is not wanted; buried */
  bool waited;  /* for IPv6 names, long enough */
  bool started; /* the first attempt was made */
  int turn;     /* family that is next: 0 IPv6, 1 IPv4 */
  uint64_t begin, connect_begin;
  struct family family[2];
  struct attempt attempt[ATTEMPTS_MAX];
  size_t attempts, live;
  int error; /* what the result will say when all attempts fail; 0: none made */
  struct address error_address;
  struct loop_timer next_timer, limit_timer;
  struct loop_task fail_task; /* so that a failure never comes from inside tcp_dial() */
};

static void on_next_timer(void *arg);

/* ---- results ---- */

static const char *sentence(int code) {
  switch (code) {
  case ECONNREFUSED:
    return "connection refused";
  case ECONNRESET:
    return "connection reset";
  case EHOSTUNREACH:
    return "no route to the host";
  case ENETUNREACH:
    return "network unreachable";
  case EADDRNOTAVAIL:
    return "no local address or port to connect from";
  case EMFILE:
  case ENFILE:
    return "out of descriptors";
  case ETIMEDOUT:
    return "no answer";
  case ELOOP:
    return "that is this proxy itself";
  default:
    return strerror(code);
  }
}

/* "10.1.2.3:80" for a literal, "host:80 (10.1.2.3)" for a name. */
static void where(const struct tcp_dial *d, const struct address *a, char *out, size_t size) {
  char text[ADDRESS_TEXT];
  if (!d->name)
    address_text(a, out, size);
  else
    snprintf(out, size, "%.80s:%u (%s)", d->name, (unsigned)d->port, address_host(a, text, sizeof text));
}

static void within(uint64_t ns, char *out, size_t size) {
  if (ns % CLOCK_S == 0)
    snprintf(out, size, "%llu s", (unsigned long long)(ns / CLOCK_S));
  else
    snprintf(out, size, "%llu ms", (unsigned long long)(ns / CLOCK_MS));
}

static void clear(struct tcp_dial *d) {
  resolver_cancel(d->query);
  d->query = NULL;
  for (size_t i = 0; i < d->attempts; i++) {
    if (d->attempt[i].fd < 0)
      continue;
    loop_remove(d->loop, d->attempt[i].fd);
    close(d->attempt[i].fd);
    d->attempt[i].fd = -1;
  }
  loop_timer_cancel(d->loop, &d->next_timer);
  loop_timer_cancel(d->loop, &d->limit_timer);
  loop_task_cancel(d->loop, &d->fail_task);
  d->done = true;
}

static void bury(void *what) {
  struct tcp_dial *d = what;
  free(d->name);
  free(d);
}

static void finish(struct tcp_dial *d, struct tcp_dial_result *result) {
  uint64_t now = loop_now(d->loop);
  if (d->name)
    result->name_ns = (d->started ? d->connect_begin : now) - d->begin;
  if (d->started)
    result->connect_ns = now - d->connect_begin;
  clear(d);
  /* Buried, so that tcp_dial_cancel() from inside the callback is harmless. */
  loop_bury(d->loop, bury, d);
  d->fn(d->arg, result);
}

static void fail_name(struct tcp_dial *d, enum resolve_code code, uint64_t limit) {
  struct tcp_dial_result result = {.stage = TCP_STAGE_NAME, .code = (int)code, .timed_out = code == RESOLVE_TIMEOUT};
  char time[24];
  if (limit) {
    within(limit, time, sizeof time);
    snprintf(result.text, sizeof result.text, "%.120s: %s within %s", d->name, resolve_text(code), time);
  } else {
    snprintf(result.text, sizeof result.text, "%.120s: %s", d->name, resolve_text(code));
  }
  finish(d, &result);
}

static void fail_connect(struct tcp_dial *d, int code, const struct address *a, uint64_t limit) {
  struct tcp_dial_result result = {
      .stage = TCP_STAGE_CONNECT, .code = code, .timed_out = code == ETIMEDOUT, .address = *a};
  char place[144], time[24];
  where(d, a, place, sizeof place);
  if (limit) {
    within(limit, time, sizeof time);
    snprintf(result.text, sizeof result.text, "%s: no answer within %s", place, time);
  } else {
    snprintf(result.text, sizeof result.text, "%s: %s", place, sentence(code));
  }
  finish(d, &result);
}

static void on_fail(void *arg) {
  struct tcp_dial *d = arg;
  if (d->error) {
    fail_connect(d, d->error, &d->error_address, 0);
    return;
  }
  enum resolve_code code = d->family[1].code;
  fail_name(d, code == RESOLVE_NO_ADDRESS ? d->family[0].code : code, 0);
}

static void on_limit(void *arg) {
  struct tcp_dial *d = arg;
  if (d->started && d->live == 0)
    on_fail(d); /* the other family's names are what we waited for */
  else if (d->started)
    fail_connect(d, ETIMEDOUT, &d->attempt[d->attempts - 1].address, d->options.connect_timeout_ns);
  else
    fail_name(d, RESOLVE_TIMEOUT, d->options.name_timeout_ns);
}

/* ---- attempts ---- */

/* What says most about why nothing worked: our refusal, then what a host said, then the lack of a route. */
static int weight(int code) {
  switch (code) {
  case ELOOP:
    return 3;
  case ENETUNREACH:
  case EADDRNOTAVAIL:
  case EAFNOSUPPORT:
    return 1;
  default:
    return 2;
  }
}

static void note(struct tcp_dial *d, int code, const struct address *a) {
  if (d->error && weight(d->error) > weight(code))
    return;
  d->error = code;
  d->error_address = *a;
}

static bool start_next(struct tcp_dial *d);

/* After anything happened: makes the next attempt where none is under way, or gives up. */
static void go_on(struct tcp_dial *d) {
  if (d->live > 0) {
    if (!d->next_timer.place)
      start_next(d); /* names that came late */
    return;
  }
  const struct family *six = &d->family[0], *four = &d->family[1];
  bool six_left = six->next < six->n, four_left = four->next < four->n;
  if (four_left && !six_left && !six->answered && !d->waited) {
    if (!d->next_timer.place)
      loop_timer_arm(d->loop, &d->next_timer, RESOLUTION_DELAY);
    return;
  }
  if (!start_next(d) && six->answered && four->answered)
    loop_defer(d->loop, &d->fail_task);
}

static void attempt_over(struct attempt *t, int code) {
  struct tcp_dial *d = t->dial;
  loop_remove(d->loop, t->fd);
  close(t->fd);
  t->fd = -1;
  d->live--;
  note(d, code, &t->address);
  if (!start_next(d))
    go_on(d);
}

/* A port of the ephemeral range that nobody listens on can be connected to itself (simultaneous open). */
static bool to_itself(const struct attempt *t) {
  struct sockaddr_storage sa;
  socklen_t n = sizeof sa;
  struct address local;
  return address_is_loopback(&t->address) && getsockname(t->fd, (struct sockaddr *)&sa, &n) == 0 &&
         address_from_sockaddr(&local, (struct sockaddr *)&sa) && address_eq(&local, &t->address);
}

static void on_writable(void *arg, unsigned events) {
  struct attempt *t = arg;
  struct tcp_dial *d = t->dial;
  int code = 0;
  socklen_t n = sizeof code;
  (void)events;
  if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &code, &n) < 0)
    code = errno;
  if (code == 0 && to_itself(t))
    code = ECONNREFUSED;
  if (code) {
    attempt_over(t, code);
    return;
  }
  struct tcp_dial_result result = {.stage = TCP_STAGE_CONNECT, .address = t->address};
  int fd = t->fd;
  t->fd = -1;
  loop_remove(d->loop, fd);
  result.stream = tcp_stream_new(d->loop, fd);
  if (!result.stream) {
    fail_connect(d, ENOMEM, &result.address, 0);
    return;
  }
  finish(d, &result);
}

static unsigned want_writable(void *arg) {
  (void)arg;
  return LOOP_WRITE;
}

/* 0: under way. */
static int try_address(struct tcp_dial *d, const struct address *a) {
  struct sockaddr_storage sa;
  socklen_t n = address_to_sockaddr(a, &sa);
  int on = 1;
  if (d->options.allow && !d->options.allow(d->options.allow_arg, a))
    return ELOOP;
  int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return errno;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&sa, n) < 0 && errno != EINPROGRESS && errno != EINTR) {
    int code = errno;
    close(fd);
    return code;
  }
  struct attempt *t = &d->attempt[d->attempts];
  *t = (struct attempt){d, *a, fd};
  if (!loop_add(d->loop, fd, want_writable, on_writable, t)) {
    close(fd);
    return ENOMEM;
  }
  d->attempts++;
  d->live++;
  return 0;
}

/* The families take turns (RFC 8305-4). False: no address is left that could be tried. */
static bool start_next(struct tcp_dial *d) {
  for (;;) {
    struct family *f = &d->family[d->turn];
    if (f->next == f->n)
      f = &d->family[!d->turn];
    if (f->next == f->n)
      return false;
    d->turn = f == &d->family[0];
    const struct address *a = &f->address[f->next++];
    if (!d->started) {
      d->started = true;
      d->connect_begin = loop_now(d->loop);
      loop_timer_cancel(d->loop, &d->limit_timer);
      if (d->options.connect_timeout_ns)
        loop_timer_arm(d->loop, &d->limit_timer, d->options.connect_timeout_ns);
    }
    int code = try_address(d, a);
    if (code == 0) {
      if (d->name)
        loop_timer_arm(d->loop, &d->next_timer, ATTEMPT_DELAY);
      return true;
    }
    note(d, code, a);
  }
}

static void on_next_timer(void *arg) {
  struct tcp_dial *d = arg;
  d->waited = true;
  if (!start_next(d))
    go_on(d);
}

static void on_part(void *arg, const struct resolve_part *part) {
  struct tcp_dial *d = arg;
  struct family *f = &d->family[part->family == 4];
  f->answered = true;
  f->code = part->code;
  f->n = part->n;
  memcpy(f->address, part->address, part->n * sizeof *part->address);
  if (d->family[0].answered && d->family[1].answered)
    d->query = NULL;
  go_on(d);
}

struct tcp_dial *tcp_dial(struct loop *loop, struct resolver *resolver, const char *host, uint16_t port,
                          const struct tcp_dial_options *options, tcp_dial_fn *fn, void *arg) {
  struct tcp_dial *d = mem_zero(1, sizeof *d);
  struct address a;
  d->loop = loop;
  d->options = *options;
  d->fn = fn;
  d->arg = arg;
  d->port = port;
  d->begin = loop_now(loop);
  d->next_timer.fn = on_next_timer;
  d->limit_timer.fn = on_limit;
  d->fail_task.fn = on_fail;
  d->next_timer.arg = d->limit_timer.arg = d->fail_task.arg = d;
  if (address_parse(slice_of(host), port, &a)) {
    struct family *f = &d->family[a.family == 4];
    f->address[f->n++] = a;
    d->family[0].answered = d->family[1].answered = true;
    go_on(d);
    return d;
  }
  d->name = mem_dup(host);
  if (options->name_timeout_ns)
    loop_timer_arm(loop, &d->limit_timer, options->name_timeout_ns);
  d->query = resolver_ask(resolver, host, port, on_part, d);
  return d;
}

void tcp_dial_cancel(struct tcp_dial *dial) {
  if (!dial || dial->done)
    return;
  clear(dial);
  loop_bury(dial->loop, bury, dial);
}
