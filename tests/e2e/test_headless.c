/* weir without a screen, as a script meets it: lines, files, words on stderr, exit statuses, options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"
#include "rows.h"
#include "site.h"

static struct net_program weir, origin;

static int setup(void **state) {
  (void)state;
  origin = net_origin();
  return 0;
}

static int teardown(void **state) {
  (void)state;
  if (weir.pid)
    net_stop(&weir);
  net_stop(&origin);
  return 0;
}

static void start(const char *const *arguments) {
  weir = net_weir(arguments);
}

static const char *program(void) {
  return getenv("WEIR") ? getenv("WEIR") : "build/weir";
}

static const char *temporary(const char *name) {
  static char path[2][400];
  static int next;
  const char *tmp = getenv("TMPDIR");
  char *to = path[next++ % 2];
  snprintf(to, sizeof path[0], "%s/weir-headless-%s", tmp ? tmp : "/tmp", name);
  return to;
}

/* All that comes until the writer ends; malloc'ed. */
static char *rest_of(int fd, size_t *n) {
  size_t cap = 1 << 16;
  char *bytes = malloc(cap);
  *n = 0;
  for (ssize_t k; net_readable(fd, NET_DEADLINE) && (k = read(fd, bytes + *n, cap - *n - 1)) > 0;) {
    *n += (size_t)k;
    if (*n + 1 == cap)
      bytes = realloc(bytes, cap *= 2);
  }
  bytes[*n] = '\0';
  return bytes;
}

static int end_status(void) {
  int status = 0;
  for (double end = net_now() + NET_DEADLINE; waitpid(weir.pid, &status, WNOHANG) == 0; poll(NULL, 0, 2))
    if (net_now() > end)
      fail_msg("weir did not end");
  weir.pid = 0;
  close(weir.in);
  close(weir.out);
  close(weir.err);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Ends it by SIGTERM; what it printed after what was read (malloc'ed), and what it said on stderr. */
static char *ended_by_term(size_t *n, char **said) {
  size_t said_n;
  kill(weir.pid, SIGTERM);
  char *out = rest_of(weir.out, n);
  *said = rest_of(weir.err, &said_n);
  assert_int_equal(end_status(), 0);
  return out;
}

/* A run that ends by itself: its exit status; output and stderr malloc'ed. */
static int run(const char *const *arguments, char **out, char **said) {
  const char *argv[20] = {program()};
  size_t n;
  for (int i = 0; arguments[i]; i++)
    argv[1 + i] = arguments[i];
  weir = net_start(argv);
  *out = rest_of(weir.out, &n);
  *said = rest_of(weir.err, &n);
  return end_status();
}

/* ---- lines ---- */

struct sent {
  const char *path, *request_field, *body;
  size_t body_n;
  const char *head, *answer; /* what the server says */
  size_t answer_n;
};

static char every_byte[258];

/* One exchange through weir with a server made by hand; its request as the server saw it. */
static void exchange(int listener, int port, const struct sent *s) {
  char text[4000], want[64];
  int fd = net_connect(weir.port);
  int n =
      snprintf(text, sizeof text, "POST http://127.0.0.1:%d%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", port, s->path, port);
  n += snprintf(text + n, sizeof text - (size_t)n, "%s\r\nContent-Length: %zu\r\n\r\n", s->request_field, s->body_n);
  assert_true(net_send_n(fd, text, (size_t)n) && net_send_n(fd, s->body, s->body_n));
  int served = net_accept(listener);
  assert_true(served >= 0);
  assert_true(net_until(served, "\r\n\r\n", text, sizeof text));
  snprintf(want, sizeof want, "\r\n%s\r\n", s->request_field);
  assert_non_null(strstr(text, want));
  assert_true(net_send(served, s->head) && net_send_n(served, s->answer, s->answer_n));
  struct net_response r = net_response(fd, false);
  assert_true(r.complete);
  assert_int_equal(r.n, s->answer_n);
  assert_memory_equal(r.body, s->answer, s->answer_n);
  net_response_free(&r);
  close(served);
  close(fd);
}

static void assert_bytes(const json_t *object, const char *name, const char *want, size_t want_n) {
  size_t n;
  char *got = rows_bytes(object, name, &n);
  assert_non_null(got);
  assert_int_equal(n, want_n);
  assert_memory_equal(got, want, want_n);
  free(got);
}

static void assert_field(const json_t *message, const char *name, const char *value) {
  const json_t *fields = json_object_get(message, "headers"), *field;
  size_t i, n;
  json_array_foreach(fields, i, field) {
    char *a = rows_element(json_array_get(field, 0), &n), *b = rows_element(json_array_get(field, 1), &n);
    assert_true(a && b);
    bool found = strcmp(a, name) == 0 && n == strlen(value) && memcmp(b, value, n) == 0;
    free(a);
    free(b);
    if (found)
      return;
  }
  fail_msg("no field %s: %s", name, value);
}

static void check_row(const json_t *rows, const struct sent *s, int port, bool bodies) {
  char url[300], head[600];
  snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, s->path);
  const json_t *row = rows_one(rows, s->path), *request = json_object_get(row, "request"),
               *response = json_object_get(row, "response");
  assert_bytes(row, "url", url, strlen(url));
  assert_string_equal(json_string_value(json_object_get(row, "method")), "POST");
  assert_string_equal(json_string_value(json_object_get(row, "kind")), "http");
  assert_int_equal(json_integer_value(json_object_get(row, "status")), 200);
  assert_true(json_is_null(json_object_get(row, "error")));
  assert_true(json_is_null(json_object_get(row, "parent")));
  assert_int_equal(json_integer_value(json_object_get(row, "port")), port);
  snprintf(head, sizeof head,
           "POST http://127.0.0.1:%d%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\nContent-Length: %zu\r\n\r\n", port,
           s->path, port, s->request_field, s->body_n);
  assert_bytes(request, "head", head, strlen(head));
  assert_bytes(response, "head", s->head, strlen(s->head));
  assert_int_equal(json_integer_value(json_object_get(request, "size")), s->body_n);
  assert_int_equal(json_integer_value(json_object_get(response, "size")), s->answer_n);
  char *field = strdup(s->request_field), *colon = strchr(field, ':');
  *colon = '\0';
  assert_field(request, field, colon + 2);
  free(field);
  if (bodies) {
    assert_bytes(request, "body", s->body, s->body_n);
    assert_bytes(response, "body", s->answer, s->answer_n);
  } else {
    assert_null(json_object_get(request, "body"));
    assert_null(json_object_get(request, "body_base64"));
  }
}

static void lines_say_what_was_sent(void **state) {
  (void)state;
  int port, listener = net_listen(&port);
  for (int i = 0; i < 256; i++)
    every_byte[i] = (char)i;
  memcpy(every_byte + 256, "\r\n", 2);
  const char plain[] = "HTTP/1.1 200 OK\r\nX-One: a\r\nx-one:  b \r\nContent-Length: 258\r\n\r\n";
  const struct sent all[] = {
      {"/plain", "X-Name: value", "body", 4, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok", 2},
      {"/bytes", "X-Odd: \xff\x80 caf\xe9", every_byte, 258, plain, every_byte, 258},
      {"/quotes?a=\"b\"&c=\\", "X-Quote: \"\\\" \xe5\xb1\xb1", "{\"a\":\"\\u0000\"}", 14,
       "HTTP/1.1 200 \xe2\x80\xae\xf0\x9f\x90\x8b\r\nContent-Length: 4\r\n\r\n", "\0\x1b[\x7f", 4},
      {"/empty", "X-Tab: a\tb", "", 0, "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "", 0},
  };
  for (int bodies = 0; bodies < 2; bodies++) {
    size_t n;
    char *said;
    const char *path = temporary("rows");
    unlink(path);
    start((const char *[]){"--json", "--write", path, bodies ? "--json-bodies" : NULL, NULL});
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
      exchange(listener, port, &all[i]);
    char *out = ended_by_term(&n, &said);
    json_t *rows = rows_parse(out, n);
    assert_int_equal(json_array_size(rows), sizeof all / sizeof all[0]);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
      check_row(rows, &all[i], port, bodies);
    json_decref(rows);

    size_t file_n; /* the file has the same lines, and nobody else may read it */
    struct stat st;
    char *file = site_read(path, &file_n);
    assert_non_null(file);
    assert_int_equal(file_n, n);
    assert_memory_equal(file, out, n);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    unlink(path);
    free(file);
    free(out);
    free(said);
  }
  close(listener);
}

static void the_file_is_appended_to(void **state) {
  (void)state;
  const char *path = temporary("append");
  size_t n;
  unlink(path);
  for (int i = 0; i < 2; i++) {
    start((const char *[]){"--json", "--write", path, NULL});
    assert_int_equal(net_status(weir.port, origin.port, "/ok"), 200);
    assert_int_equal(net_stop(&weir), 0);
  }
  char *text = site_read(path, &n);
  json_t *rows = rows_parse(text, n);
  assert_int_equal(json_array_size(rows), 2);
  json_decref(rows);
  free(text);
  unlink(path);
}

static void a_line_a_flow_for_people(void **state) {
  (void)state;
  char want[200];
  start(NULL);
  assert_int_equal(net_status(weir.port, origin.port, "/size/2000"), 200);
  snprintf(want, sizeof want, "GET 200 http://127.0.0.1:%d/size/2000 ", origin.port);
  char *line = net_line(&weir, "/size/2000");
  assert_non_null(line);
  assert_non_null(strstr(line, want));
  free(line);
  assert_int_equal(net_status(weir.port, origin.port, "/close"), 502);
  line = net_line(&weir, "/close");
  assert_non_null(line);
  assert_non_null(strstr(line, ": the server closed the connection without an answer"));
  free(line);
  /* hostile bytes are one line of visible characters */
  int fd = net_connect(weir.port);
  net_send(fd, "GET http://127.0.0.1:1/\x1b]0;owned\x07 HTTP/1.1\r\nHost: x\x1b[2J\r\n\r\n");
  struct net_response r = net_response(fd, false);
  assert_true(r.status >= 400);
  net_response_free(&r);
  close(fd);
  size_t n;
  char *said, *out = ended_by_term(&n, &said);
  assert_int_equal(n > 0 ? out[n - 1] : '\n', '\n');
  for (size_t i = 0; i < n; i++)
    assert_true((unsigned char)out[i] >= ' ' || out[i] == '\n');
  assert_null(memchr(said, '\033', strlen(said)));
  free(out);
  free(said);
}

/* ---- readers that do not read ---- */

static void a_reader_that_goes_away_ends_it_well(void **state) {
  (void)state;
  size_t n;
  start(NULL);
  assert_int_equal(net_status(weir.port, origin.port, "/ok"), 200);
  close(weir.out);
  weir.out = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int fd = net_try_connect(weir.port); /* at the latest with the next line; it may have ended already */
  if (fd >= 0)
    net_get(fd, origin.port, "/ok");
  char *said = rest_of(weir.err, &n);
  if (fd >= 0)
    close(fd);
  assert_int_equal(end_status(), 0);
  assert_null(strstr(said, "SIG"));
  free(said);
}

static void a_reader_that_does_not_read_stops_nothing(void **state) {
  (void)state;
  size_t n, asked = 0;
  start((const char *[]){"--json", "--json-bodies", NULL});
  int fd = net_connect(weir.port);
  for (; asked < 60; asked++) { /* 60 times 400 kB, and 8 MB may wait */
    assert_true(net_get(fd, origin.port, "/size/300000"));
    struct net_response r = net_response(fd, false);
    assert_true(r.complete);
    assert_int_equal(r.n, 300000);
    net_response_free(&r);
  }
  close(fd);
  size_t rows_n = 0, lost = 0, i;
  const json_t *row;
  char *said, *out;
  /* the loss is said once there is room, and then lines come again */
  kill(weir.pid, SIGTERM);
  out = rest_of(weir.out, &n);
  said = rest_of(weir.err, &i);
  assert_int_equal(end_status(), 0);
  json_t *rows = rows_parse(out, n);
  json_array_foreach(rows, i, row) {
    const json_t *count = json_object_get(row, "lost");
    lost += (size_t)json_integer_value(count);
    rows_n += !count;
  }
  assert_true(lost > 0);
  assert_true(rows_n > 5);
  assert_int_equal(rows_n + lost, asked);
  assert_non_null(strstr(said, "lines of output were lost"));
  json_decref(rows);
  free(out);
  free(said);
}

/* ---- what is said on stderr, and how it ends ---- */

static int assert_refused(const char *const *arguments, const char *words, const char *more) {
  char *out, *said;
  int status = run(arguments, &out, &said);
  print_message("%d %s", status, said);
  assert_in_range(status, 1, 2);
  assert_string_equal(out, "");
  assert_int_equal(strncmp(said, "weir: ", 6), 0);
  assert_non_null(strstr(said, words));
  if (more)
    assert_non_null(strstr(said, more));
  assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one sentence */
  free(out);
  free(said);
  return status;
}

static void what_cannot_be_is_refused_in_words(void **state) {
  (void)state;
  assert_refused((const char *[]){"--headless", "--intercept", "~u x", NULL}, "needs a screen", "nobody could resume");
  assert_refused((const char *[]){"--headless", "--rule", "~u x => pause", NULL}, "nobody could resume",
                 "pause after 30s send");
  assert_refused((const char *[]){"--haedless", NULL}, "--haedless", "--headless?");
  assert_refused((const char *[]){"--body-limt=3M", NULL}, "--body-limt", "--body-limit?");
  assert_refused((const char *[]){"--zzz", NULL}, "--zzz", "--help");
  assert_refused((const char *[]){"-x", NULL}, "-x", "--help");
  assert_refused((const char *[]){"\033[2J", NULL}, "^[[2J", NULL);
  assert_refused((const char *[]){"--memory", "lots", NULL}, "--memory", NULL);
  assert_refused((const char *[]){"--memory", NULL}, "--memory needs a value", "SIZE");
  assert_refused((const char *[]){"--listen", "99999", NULL}, "65535", "8888");
  assert_refused((const char *[]){"--headless", "--listen", "203.0.113.7:0", NULL}, "203.0.113.7",
                 "no address of this machine");
  assert_refused((const char *[]){"--headless", "--listen", "0", "--write", "/nosuch/folder/file", NULL},
                 "/nosuch/folder/file", NULL);
  assert_int_equal(
      assert_refused((const char *[]){"--intercept", "~u (", "--listen", "0", NULL}, "--intercept: ", NULL), 2);
}

/* Nobody is there to let go, so the deadline does. */
static void what_is_paused_goes_when_its_time_is_up(void **state) {
  (void)state;
  const char *rules = temporary("rules");
  FILE *f = fopen(rules, "w");
  fputs("path:/size/3 => pause after 100ms drop\n", f);
  fclose(f);
  start((const char *[]){"--listen", "0", "--intercept", "~u /size/1 after 200ms send", "--rule",
                         "path:/size/2 => pause after 100ms 504", "--rules", rules, NULL});
  double begin = net_now();
  assert_int_equal(net_status(weir.port, origin.port, "/size/1"), 200);
  assert_true(net_now() - begin >= 0.2);
  assert_int_equal(net_status(weir.port, origin.port, "/size/2"), 504);
  assert_int_equal(net_status(weir.port, origin.port, "/size/3"), 502);
  size_t n;
  char *said, *out = ended_by_term(&n, &said);
  free(out);
  free(said);

  f = fopen(rules, "a");
  fputs("path:/x => pause\n", f);
  fclose(f);
  assert_refused((const char *[]){"--headless", "--listen", "0", "--rules", rules, NULL}, "weir-headless-rules:2",
                 "nobody could resume");
  unlink(rules);
}

static void a_busy_port_says_what_to_type(void **state) {
  (void)state;
  char *out, *said, port[20];
  start((const char *[]){"--listen", "0", NULL});
  snprintf(port, sizeof port, "%d", weir.port);
  struct net_program first = weir;
  assert_int_equal(run((const char *[]){"--headless", "--listen", port, NULL}, &out, &said), 1);
  const char *advice = strstr(said, "use --listen ");
  assert_non_null(strstr(said, "in use"));
  assert_non_null(strstr(said, port));
  assert_non_null(advice);
  snprintf(port, sizeof port, "%d", atoi(advice + 13));
  free(out);
  free(said);
  weir = net_weir((const char *[]){"--listen", port, NULL}); /* and the advice works */
  assert_int_equal(weir.port, atoi(port));
  assert_int_equal(net_stop(&weir), 0);
  assert_int_equal(net_stop(&first), 0);
}

/* Addresses that listen on this port, as the kernel's hexadecimal words, in order of the file. */
static size_t listening(const char *file, int port, char found[4][40]) {
  char line[400], address[40];
  unsigned number, state;
  size_t n = 0;
  FILE *f = fopen(file, "r");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, " %*d: %39[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", address, &number, &state) == 3 &&
        number == (unsigned)port && state == 0x0a && n < 4)
      snprintf(found[n++], 40, "%s", address);
  if (f)
    fclose(f);
  return n;
}

static bool has_ipv6(void) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool works = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
  if (fd >= 0)
    close(fd);
  return works;
}

static void it_listens_on_loopback_only(void **state) {
  (void)state;
  char found[4][40];
  start((const char *[]){"--listen", "0", NULL});
  assert_int_equal(listening("/proc/net/tcp", weir.port, found), 1);
  assert_string_equal(found[0], "0100007F");
  size_t six = listening("/proc/net/tcp6", weir.port, found);
  if (has_ipv6()) {
    assert_int_equal(six, 1);
    assert_string_equal(found[0], "00000000000000000000000001000000");
  } else {
    assert_int_equal(six, 0);
  }
  size_t n;
  char *said, *out = ended_by_term(&n, &said);
  assert_null(strstr(said, "warning"));
  free(out);
  free(said);
}

static void an_open_address_is_warned_of(void **state) {
  (void)state;
  char line[600];
  const char *argv[] = {program(), "--headless", "--listen", "0.0.0.0:0", NULL};
  weir = net_start(argv);
  assert_true(net_until(weir.err, "listening on 0.0.0.0:", line, sizeof line));
  assert_non_null(strstr(line, "warning"));
  assert_non_null(strstr(line, "other machines"));
  assert_int_equal(net_stop(&weir), 0);
}

static void signals_end_it_with_zero(void **state) {
  (void)state;
  static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
  for (size_t i = 0; i < 3; i++) {
    size_t n;
    start((const char *[]){"--json", NULL});
    assert_int_equal(net_status(weir.port, origin.port, "/ok"), 200);
    int fd = net_connect(weir.port); /* one in flight when it ends: its line is there too */
    net_get(fd, origin.port, "/stall");
    int other = net_connect(weir.port);
    net_get(other, origin.port, "/ok");
    struct net_response r = net_response(other, false);
    assert_int_equal(r.status, 200);
    net_response_free(&r);
    close(other);
    kill(weir.pid, numbers[i]);
    char *out = rest_of(weir.out, &n);
    assert_int_equal(end_status(), 0);
    json_t *rows = rows_parse(out, n);
    assert_int_equal(json_array_size(rows), 3);
    assert_false(json_is_null(json_object_get(rows_one(rows, "/stall"), "error")));
    json_decref(rows);
    free(out);
    close(fd);
  }
}

static void help_and_version(void **state) {
  (void)state;
  char *out, *said;
  static const char *const names[] = {
      "--listen [HOST:]PORT", "--headless",    "--json",    "--json-bodies",     "--write FILE",
      "--intercept EXPR",     "--memory SIZE", "--flows N", "--body-limit SIZE", "--timeout-connect S",
      "--via NAME",           "--confdir DIR", "--help",    "--version"};
  assert_int_equal(run((const char *[]){"--help", NULL}, &out, &said), 0);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    assert_non_null(strstr(out, names[i]));
  assert_string_equal(said, "");
  free(out);
  free(said);
  assert_int_equal(run((const char *[]){"--version", NULL}, &out, &said), 0);
  assert_int_equal(strncmp(out, "weir ", 5), 0);
  assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
  assert_string_equal(said, "");
  free(out);
  free(said);
}

/* ---- the configuration file ---- */

static void configure(const char *folder, const char *text) {
  char path[500];
  mkdir(folder, 0700);
  snprintf(path, sizeof path, "%s/config", folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void the_file_sets_and_the_command_line_wins(void **state) {
  (void)state;
  char folder[400];
  snprintf(folder, sizeof folder, "%s", temporary("confdir"));
  configure(folder, "# a comment\n\nset json on\r\n  set body-limit 10\nset timeout-response 0.3\n");
  start((const char *[]){"--confdir", folder, "--timeout-response", "0.4", NULL});
  assert_int_equal(net_status(weir.port, origin.port, "/size/1000"), 200);
  assert_int_equal(net_status(weir.port, origin.port, "/stall"), 504);
  size_t n;
  char *said, *out = ended_by_term(&n, &said);
  json_t *rows = rows_parse(out, n); /* json on */
  assert_int_equal(json_array_size(rows), 2);
  const json_t *response = json_object_get(rows_one(rows, "/size/1000"), "response");
  assert_int_equal(json_integer_value(json_object_get(response, "size")), 1000);
  assert_int_equal(json_integer_value(json_object_get(response, "size_kept")), 10);
  const json_t *error = json_object_get(rows_one(rows, "/stall"), "error"),
               *timings = json_object_get(rows_one(rows, "/stall"), "timings");
  assert_string_equal(json_string_value(json_object_get(error, "code")), "timeout");
  assert_true(json_number_value(json_object_get(timings, "end")) >= 400); /* ms */
  json_decref(rows);
  free(out);
  free(said);

  configure(folder, "set json on\nset jsn on\n");
  assert_refused((const char *[]){"--headless", "--listen", "0", "--confdir", folder, NULL}, "line 2: jsn",
                 "did you mean json?");
  configure(folder, "json on\n");
  assert_refused((const char *[]){"--headless", "--listen", "0", "--confdir", folder, NULL}, "line 1", "set");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(lines_say_what_was_sent, setup, teardown),
      cmocka_unit_test_setup_teardown(the_file_is_appended_to, setup, teardown),
      cmocka_unit_test_setup_teardown(a_line_a_flow_for_people, setup, teardown),
      cmocka_unit_test_setup_teardown(a_reader_that_goes_away_ends_it_well, setup, teardown),
      cmocka_unit_test_setup_teardown(a_reader_that_does_not_read_stops_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_in_words, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_paused_goes_when_its_time_is_up, setup, teardown),
      cmocka_unit_test_setup_teardown(a_busy_port_says_what_to_type, setup, teardown),
      cmocka_unit_test_setup_teardown(it_listens_on_loopback_only, setup, teardown),
      cmocka_unit_test_setup_teardown(an_open_address_is_warned_of, setup, teardown),
      cmocka_unit_test_setup_teardown(signals_end_it_with_zero, setup, teardown),
      cmocka_unit_test_setup_teardown(help_and_version, setup, teardown),
      cmocka_unit_test_setup_teardown(the_file_sets_and_the_command_line_wins, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
