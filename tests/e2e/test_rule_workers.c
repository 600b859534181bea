/* Workers of rules, written in Python: one process for all messages, and nothing that it does wrong stops one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"

/* It says its process's number in each message, and misbehaves by the path of the request. */
static const char script[] =
    "import json, os, signal, sys\n"
    "held = []\n"
    "def put(m):\n"
    "    print(json.dumps(m), flush=True)\n"
    "def say(*words):\n"
    "    print(*words, file=sys.stderr, flush=True)\n"
    "if 'deaf' in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "for line in sys.stdin:\n"
    "    m = json.loads(line)\n"
    "    path = (m if m['side'] == 'request' else m['request'])['url']\n"
    "    pid = [['X-Pid', str(os.getpid())]]\n"
    "    if 'reverse' in path:\n"
    "        held.append({'id': m['id'], 'answer': {'status': 200, 'headers': pid, 'body': path}})\n"
    "        if len(held) == 3:\n"
    "            for one in reversed(held): put(one)\n"
    "            held = []\n"
    "    elif 'crash' in path:\n"
    "        say('about to fail')\n"
    "        raise ValueError('on purpose')\n"
    "    elif 'hang' in path: signal.pause()\n"
    "    elif 'lost' in path: open(os.path.dirname(sys.argv[0]) + '/lost', 'w').close()\n"
    "    elif 'garbage' in path: print('Traceback', flush=True)\n"
    "    elif 'stranger' in path: put({'id': 12345})\n"
    "    elif 'drop' in path: put({'id': m['id'], 'drop': True})\n"
    "    elif m['side'] == 'response': put({'id': m['id'], 'headers': m['headers'] + pid})\n"
    "    elif 'bytes' in path:\n"
    "        put({'id': m['id'], 'answer': {'body_base64': m.get('body_base64', '')}})\n"
    "    elif 'same' in path: put(m)\n"
    "    else: put({'id': m['id'], 'answer': {'headers': pid, 'body': m['body'].upper()}})\n";

static struct net_program weir, origin;
static char folder[300];

static void path_in(char *out, size_t size, const char *name) {
  snprintf(out, size, "%s/%s", folder, name);
}

static void save(const char *name, const char *text) {
  char path[400], fresh[400];
  path_in(path, sizeof path, name);
  path_in(fresh, sizeof fresh, "fresh");
  FILE *f = fopen(fresh, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
  assert_int_equal(rename(fresh, path), 0);
}

static int setup(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  origin = net_origin();
  snprintf(folder, sizeof folder, "%s/weir-workers-XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(folder))
    return -1;
  save("w.py", script);
  return 0;
}

static int teardown(void **state) {
  static const char *const names[] = {"w.py", "a.rules", "lost"};
  (void)state;
  if (weir.pid)
    net_stop(&weir);
  net_stop(&origin);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[400];
    path_in(path, sizeof path, names[i]);
    remove(path);
  }
  return rmdir(folder);
}

/* `rules` with the script's command in the place of @. */
static const char *rule(const char *text) {
  static char out[900];
  const char *at = strchr(text, '@');
  snprintf(out, sizeof out, "%.*sexec python3 %s/w.py%s", (int)(at - text), text, folder, at + 1);
  return out;
}

static void start(const char *one, const char *more, const char *value) {
  weir = net_weir((const char *[]){"--rule", rule(one), more, value, NULL});
}

static void stop(void) {
  int status = net_stop(&weir);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static pid_t pid_in(const char *head) {
  const char *at = strstr(head, "X-Pid: ");
  return at ? (pid_t)strtol(at + 7, NULL, 10) : 0;
}

/* One request by itself: its status, and the number of the process that had a hand in it (0: none had). */
static int get(const char *path, pid_t *pid) {
  int fd = net_connect(weir.port);
  assert_true(net_get(fd, origin.port, path));
  struct net_response r = net_response(fd, false);
  int status = r.status;
  if (pid)
    *pid = pid_in(r.head);
  net_response_free(&r);
  close(fd);
  return status;
}

static bool gone(pid_t pid) {
  for (double end = net_now() + NET_DEADLINE; net_now() < end; poll(NULL, 0, 5))
    if (kill(pid, 0) < 0 && errno == ESRCH)
      return true;
  return false;
}

static void assert_row(const char *text) {
  char *line = net_line(&weir, text);
  if (!line)
    fail_msg("no row says \"%s\"", text);
  free(line);
}

/* The worker has got the message that it never answers. */
static void assert_lost(void) {
  char path[400];
  path_in(path, sizeof path, "lost");
  for (double end = net_now() + NET_DEADLINE; access(path, F_OK) < 0; poll(NULL, 0, 5))
    assert_true(net_now() < end);
  assert_int_equal(remove(path), 0);
}

#define MANY 150

/* More than it gets at once, over as many connections: one process, and each answer reaches who asked. */
static void many_at_once_through_one_process(void **state) {
  static int fd[MANY];
  pid_t pid = 0, one;
  (void)state;
  start("=> pipe worker @", NULL, NULL);
  for (int i = 0; i < MANY; i++) {
    char text[200];
    fd[i] = net_connect(weir.port);
    snprintf(text, sizeof text, "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 7\r\n\r\nbody%03d", i);
    assert_true(net_send(fd[i], text));
  }
  for (int i = MANY - 1; i >= 0; i--) {
    char expected[20];
    struct net_response r = net_response(fd[i], false);
    snprintf(expected, sizeof expected, "BODY%03d", i);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, expected);
    one = pid_in(r.head);
    assert_true(one > 0 && (!pid || pid == one));
    pid = one;
    net_response_free(&r);
    close(fd[i]);
  }
  stop();
  assert_true(gone(pid));
}

static void replies_come_in_any_order(void **state) {
  int fd[3];
  (void)state;
  start("=> pipe worker @", NULL, NULL);
  for (int i = 0; i < 3; i++) {
    char path[20];
    snprintf(path, sizeof path, "/reverse/%d", i);
    fd[i] = net_connect(weir.port);
    assert_true(net_get(fd[i], origin.port, path));
  }
  for (int i = 0; i < 3; i++) {
    char end[20];
    struct net_response r = net_response(fd[i], false);
    snprintf(end, sizeof end, "/reverse/%d", i);
    if (!strstr(r.body, end))
      fail_msg("%s for %s", r.body, end);
    net_response_free(&r);
    close(fd[i]);
  }
  stop();
}

/* What it had passes as it came, and says why; the next message starts it again. */
static void it_crashes(void **state) {
  pid_t first, second;
  (void)state;
  start("=> pipe response worker @", NULL, NULL);
  assert_int_equal(get("/ok", &first), 200);
  assert_true(first > 0);
  int held = net_connect(weir.port);
  assert_true(net_get(held, origin.port, "/size/lost/2"));
  assert_lost();
  assert_int_equal(get("/size/crash/2", NULL), 200);
  struct net_response r = net_response(held, false);
  assert_int_equal(r.status, 200); /* so did the one before it */
  net_response_free(&r);
  close(held);
  assert_row("w.py ended with status 1 (ValueError: on purpose): passed as it was");
  assert_int_equal(get("/ok", &second), 200);
  assert_true(second > 0 && second != first);
  assert_true(gone(first));
  /* again and again: then nothing waits for it */
  for (double end = net_now() + NET_DEADLINE; second;) {
    assert_int_equal(get("/size/crash/2", NULL), 200);
    assert_int_equal(get("/ok", &second), 200);
    assert_true(net_now() < end);
  }
  assert_row("(ValueError: on purpose), and is started again in");
  stop();
}

static void it_hangs(void **state) {
  pid_t first, second;
  (void)state;
  start("path:/ok | path:hang => pipe response worker @", "--timeout-command", "4");
  assert_int_equal(get("/ok", &first), 200);
  assert_true(first > 0);
  int held = net_connect(weir.port);
  assert_true(net_get(held, origin.port, "/size/hang/2"));
  assert_int_equal(get("/size/10", NULL), 200); /* others go on */
  struct net_response r = net_response(held, false);
  assert_int_equal(r.status, 200);
  assert_int_equal(r.n, 2);
  net_response_free(&r);
  close(held);
  assert_row("w.py took more than 4 s: passed as it was");
  assert_true(gone(first));
  assert_int_equal(get("/ok", &second), 200);
  assert_true(second > 0 && second != first);
  stop();
}

static void lines_that_are_no_reply(void **state) {
  pid_t first, second;
  (void)state;
  start("=> pipe response worker @", NULL, NULL);
  assert_int_equal(get("/ok", &first), 200);
  assert_int_equal(get("/size/garbage/2", NULL), 200);
  assert_row(
      "wrote a line that is no reply (it is no JSON object: a value is expected here, at byte 0): Traceback: passed");
  assert_int_equal(get("/size/stranger/2", NULL), 200);
  assert_row("wrote a line that is no reply (that id was never given): {\"id\": 12345}: passed as it was");
  assert_int_equal(get("/ok", &second), 200);
  assert_true(first > 0 && second == first); /* it goes on */
  assert_int_equal(get("/size/drop/2", NULL), 0);
  stop();
}

static void it_cannot_be_started(void **state) {
  (void)state;
  weir = net_weir((const char *[]){"--rule", "=> pipe worker /there/is/none", NULL});
  assert_int_equal(get("/ok", NULL), 200);
  assert_row("/there/is/none ended with status 127: there is no such command (");
  stop();
}

/* The rule's line goes out of the file: so does the process. The same line again: it stays. */
static void it_lives_as_long_as_its_rule(void **state) {
  char path[400], text[1000];
  pid_t first, second;
  (void)state;
  path_in(path, sizeof path, "a.rules");
  snprintf(text, sizeof text, "%s\n", rule("path:/ok => pipe response worker @"));
  save("a.rules", text);
  weir = net_weir((const char *[]){"--rules", path, NULL});
  assert_int_equal(get("/ok", &first), 200);
  assert_true(first > 0);
  snprintf(text, sizeof text, "path:/echo => answer 299\n%s\n", rule("path:/ok => pipe response worker @"));
  save("a.rules", text);
  for (double end = net_now() + NET_DEADLINE; get("/echo", NULL) != 299; poll(NULL, 0, 5))
    assert_true(net_now() < end);
  assert_int_equal(get("/ok", &second), 200);
  assert_int_equal(first, second);
  snprintf(text, sizeof text, "off %s\n", rule("path:/ok => pipe response worker @"));
  save("a.rules", text);
  assert_true(gone(first));
  assert_int_equal(get("/ok", &second), 200);
  assert_int_equal(second, 0);
  save("a.rules", text + 4);
  for (double end = net_now() + NET_DEADLINE; !second; poll(NULL, 0, 5)) {
    assert_int_equal(get("/ok", &second), 200);
    assert_true(net_now() < end);
  }
  assert_true(second != first);
  stop();
  assert_true(gone(second));
}

/* Also one that does not hear, in the middle of a message. */
static void it_ends_with_weir(void **state) {
  pid_t pid;
  (void)state;
  start("=> pipe response worker @ deaf", NULL, NULL);
  assert_int_equal(get("/ok", &pid), 200);
  int held = net_connect(weir.port);
  assert_true(net_get(held, origin.port, "/size/lost/2"));
  assert_lost();
  stop();
  assert_true(gone(pid));
  close(held);
  start("=> pipe response worker @ deaf", NULL, NULL);
  assert_int_equal(get("/ok", &pid), 200);
  held = net_connect(weir.port);
  assert_true(net_get(held, origin.port, "/size/hang/2"));
  assert_true(kill(weir.pid, SIGKILL) == 0);
  net_stop(&weir);
  weir.pid = 0;
  /* Whose child it is now may never ask how it ended. */
  char path[60], state_of[200] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  for (double end = net_now() + NET_DEADLINE; !strstr(state_of, ") Z"); poll(NULL, 0, 5)) {
    FILE *f = fopen(path, "r");
    if (!f)
      break;
    assert_true(net_now() < end);
    if (!fgets(state_of, sizeof state_of, f))
      state_of[0] = 0;
    fclose(f);
  }
  close(held);
}

/* Five megabytes of text changed, and bytes of all kinds there and back. */
static void long_and_binary_bodies(void **state) {
  enum { LONG = 5 << 20 };
  (void)state;
  start("=> pipe worker @", NULL, NULL);
  char *body = malloc(LONG + 1);
  assert_non_null(body);
  for (int binary = 0; binary < 2; binary++) {
    char head[200];
    for (int i = 0; i < LONG; i++)
      body[i] = (char)(binary ? i * 7 + (i >> 8) : 'a' + i % 26);
    snprintf(head, sizeof head, "POST http://a.test/%s HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n",
             binary ? "bytes" : "text", LONG);
    int fd = net_connect(weir.port);
    assert_true(net_send(fd, head) && net_send_n(fd, body, LONG));
    struct net_response r = net_response(fd, false);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.n, LONG);
    for (int i = 0; !binary && i < LONG; i++)
      body[i] = (char)(body[i] - 'a' + 'A');
    assert_memory_equal(r.body, body, LONG);
    net_response_free(&r);
    close(fd);
  }
  free(body);
  stop();
}

/* Given back as it came it goes on as it came: order, case, white space, what is twice. */
static void what_is_given_back_stays_as_it_was(void **state) {
  int port, listener = net_listen(&port);
  char text[300], got[2000];
  (void)state;
  start("=> pipe worker @", NULL, NULL);
  int fd = net_connect(weir.port);
  snprintf(text, sizeof text,
           "POST http://127.0.0.1:%d/same HTTP/1.1\r\nhOST: 127.0.0.1:%d\r\nB:  2 \r\nA: 1\r\nb: \xff\r\nB:\r\n"
           "Content-Length: 4\r\n\r\n\r\n\xfe\x01",
           port, port);
  assert_true(net_send_n(fd, text, strlen(text)));
  int server = net_accept(listener);
  assert_true(net_until(server, "\xfe\x01", got, sizeof got));
  snprintf(text, sizeof text,
           "POST /same HTTP/1.1\r\nhOST: 127.0.0.1:%d\r\nB:  2 \r\nA: 1\r\nb: \xff\r\nB:\r\nContent-Length: "
           "4\r\n\r\n\r\n\xfe\x01",
           port);
  assert_string_equal(got, text);
  assert_true(net_send(server, "HTTP/1.1 204 No Content\r\n\r\n"));
  close(server);
  close(fd);
  close(listener);
  stop();
}

static void the_example_works(void **state) {
  (void)state;
  weir = net_weir((const char *[]){"--rules", "doc/examples/worker.rules", NULL});
  int port, listener = net_listen(&port);
  char text[300], got[2000];
  int fd = net_connect(weir.port);
  snprintf(text, sizeof text, "GET http://127.0.0.1:%d/api/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", port, port);
  assert_true(net_send(fd, text));
  int server = net_accept(listener);
  assert_true(net_until(server, "\r\n\r\n", got, sizeof got));
  assert_non_null(strstr(got, "\r\nX-Signature: "));
  assert_true(
      net_send(server, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"a\": 1}"));
  struct net_response r = net_response(fd, false);
  assert_string_equal(r.body, "{\"a\": 1, \"proxied\": true}");
  net_response_free(&r);
  close(fd);
  close(server);
  close(listener);
  stop();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_at_once_through_one_process),
      cmocka_unit_test(replies_come_in_any_order),
      cmocka_unit_test(it_crashes),
      cmocka_unit_test(it_hangs),
      cmocka_unit_test(lines_that_are_no_reply),
      cmocka_unit_test(it_cannot_be_started),
      cmocka_unit_test(it_lives_as_long_as_its_rule),
      cmocka_unit_test(it_ends_with_weir),
      cmocka_unit_test(long_and_binary_bodies),
      cmocka_unit_test(what_is_given_back_stays_as_it_was),
      cmocka_unit_test(the_example_works),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
