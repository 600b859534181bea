/* Whose a connection is: processes of this test connect, and are found; by the kernel's answers and by its tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "turns.h"
#include "weir/io/process.h"
#include "weir/io/tcp.h"

static struct loop *loop;
static struct process_finder *finder;

static int set_up(void **state) {
  (void)state;
  loop = loop_new();
  finder = process_finder_new(loop);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  process_finder_free(finder);
  assert_int_equal(loop_count(loop), 0);
  loop_free(loop);
  return 0;
}

/* ---- connections ---- */

struct end {
  int listener, fd; /* fd: our end; -1: none */
  struct address at;
};

static void end_listen(struct end *e, const char *host) {
  struct err err = ERR_INIT;
  e->fd = -1;
  assert_true(address_parse(slice_of(host), 0, &e->at));
  e->listener = tcp_listen(&e->at, 512, &err);
  if (e->listener < 0)
    fail_msg("%s", err.text);
}

static void end_accept(struct end *e) {
  struct address peer;
  if (e->fd >= 0)
    close(e->fd);
  e->fd = -1;
  TURN_UNTIL(loop, tcp_accept(e->listener, &e->fd, &peer) == TCP_ACCEPTED);
}

static void end_close(struct end *e) {
  if (e->fd >= 0)
    close(e->fd);
  close(e->listener);
}

static int connect_to(const struct sockaddr *sa, socklen_t n) {
  int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return fd >= 0 && connect(fd, sa, n) == 0 ? fd : -1;
}

static int connect_at(const struct address *a) {
  struct sockaddr_storage sa;
  socklen_t n = address_to_sockaddr(a, &sa);
  return connect_to((struct sockaddr *)&sa, n);
}

/* ---- other processes ---- */

struct other {
  pid_t pid;
  int gate; /* it goes on while this is open */
};

/* `work` runs in a process of its own, which then lives until it is ended. */
static struct other other_start(void (*work)(const struct end *e), const struct end *e) {
  int gate[2];
  char byte;
  assert_int_equal(pipe(gate), 0);
  struct other o = {fork(), gate[1]};
  assert_true(o.pid >= 0);
  if (o.pid == 0) {
    close(gate[1]);
    close(e->listener);
    work(e);
    _exit(read(gate[0], &byte, 1) < 0);
  }
  close(gate[0]);
  return o;
}

static void other_end(const struct other *o) {
  int status;
  close(o->gate);
  assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
  assert_true(WIFEXITED(status));
}

/* ---- asking ---- */

struct asked {
  struct process_query query;
  struct process *process;
  unsigned calls;
};

static void told(void *arg, struct process *p) {
  struct asked *a = arg;
  a->calls++;
  a->process = process_ref(p);
}

static enum process_answer ask(struct asked *a, int fd) {
  struct sockaddr_storage sa;
  socklen_t n = sizeof sa;
  struct process *found;
  *a = (struct asked){.query = {.fn = told, .arg = a}};
  assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
  assert_true(address_from_sockaddr(&a->query.ours, (struct sockaddr *)&sa));
  n = sizeof sa;
  assert_int_equal(getpeername(fd, (struct sockaddr *)&sa, &n), 0);
  assert_true(address_from_sockaddr(&a->query.theirs, (struct sockaddr *)&sa));
  enum process_answer answer = process_ask(finder, &a->query, &found);
  assert_int_equal(a->calls, 0);
  assert_int_equal(found != NULL, answer == PROCESS_FOUND);
  a->process = process_ref(found);
  return answer;
}

/* One reference, the caller's; NULL: not found. */
static struct process *whose(int fd) {
  struct asked a;
  if (ask(&a, fd) == PROCESS_LATER)
    TURN_UNTIL(loop, a.calls == 1);
  return a.process;
}

static void connect_once(const struct end *e) {
  prctl(PR_SET_NAME, "a) b (c", 0, 0, 0);
  connect_at(&e->at);
}

static void check(const char *host) {
  struct end e;
  end_listen(&e, host);
  struct other o = other_start(connect_once, &e);
  end_accept(&e);
  struct process *p = whose(e.fd);
  assert_non_null(p);
  assert_int_equal(p->pid, o.pid);
  assert_false(p->followed);
  assert_non_null(strstr(p->command, "test_process"));
  process_unref(p);
  other_end(&o);
  end_close(&e);
}

static void a_process_is_found(void **state) {
  (void)state;
  check("127.0.0.1");
  check("::1");
  check("127.0.0.99");
}

static void the_tables_tell_the_same(void **state) {
  (void)state;
  process_finder_use_tables(finder);
  check("127.0.0.1");
  process_finder_owe(finder, -10 * (int64_t)CLOCK_MS); /* reading them is dear */
  check("::1");
}

/* Java and others use IPv6 sockets for IPv4 too. */
static void connect_mapped(const struct end *e) {
  struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_port = htons(e->at.port)};
  memcpy(sa.sin6_addr.s6_addr + 10, (const uint8_t[]){0xff, 0xff, 127, 0, 0, 1}, 6);
  connect_to((struct sockaddr *)&sa, sizeof sa);
}

static void ipv4_over_an_ipv6_socket_is_found(void **state) {
  (void)state;
  for (int tables = 0; tables < 2; tables++) {
    struct end e;
    end_listen(&e, "127.0.0.1");
    struct other o = other_start(connect_mapped, &e);
    end_accept(&e);
    struct process *p = whose(e.fd);
    assert_non_null(p);
    assert_int_equal(p->pid, o.pid);
    process_unref(p);
    other_end(&o);
    end_close(&e);
    process_finder_use_tables(finder);
    process_finder_owe(finder, -10 * (int64_t)CLOCK_MS);
  }
}

static void connect_again_and_again(const struct end *e) {
  for (;;) {
    int fd = connect_at(&e->at);
    char byte;
    if (fd < 0 || read(fd, &byte, 1) < 0)
      break;
    close(fd);
  }
}

/* The second connection of a process costs no search, and its process is the same one. */
static void what_was_found_is_known(void **state) {
  (void)state;
  struct end e;
  struct asked a;
  end_listen(&e, "127.0.0.1");
  struct other o = other_start(connect_again_and_again, &e);
  end_accept(&e);
  struct process *first = whose(e.fd);
  assert_non_null(first);
  end_accept(&e);
  assert_int_equal(ask(&a, e.fd), PROCESS_FOUND);
  assert_ptr_equal(a.process, first);
  process_unref(a.process);
  process_unref(first);
  end_close(&e);
  close(o.gate);
  kill(o.pid, SIGKILL);
  assert_int_equal(waitpid(o.pid, NULL, 0), o.pid);
}

static void exec_sleep(const struct end *e) {
  int fd = connect_at(&e->at);
  dup2(fd, 0);
  char byte;
  if (read(0, &byte, 1) == 1)
    execlp("sleep", "sleep", "1000", NULL);
  _exit(1);
}

/* The process that was found became another program: it is not the old one for long. */
static void another_program_is_another_process(void **state) {
  (void)state;
  struct end e;
  end_listen(&e, "127.0.0.1");
  struct other o = other_start(exec_sleep, &e);
  end_accept(&e);
  struct process *before = whose(e.fd), *now = process_ref(before);
  assert_non_null(before);
  assert_string_not_equal(before->name, "sleep");
  assert_int_equal(send(e.fd, "x", 1, 0), 1);
  uint64_t until = clock_mono() + TURNS_LIMIT;
  while (now && strcmp(now->name, "sleep") != 0 && clock_mono() < until) {
    process_unref(now);
    now = whose(e.fd);
    loop_turn(loop, 20 * CLOCK_MS);
  }
  assert_non_null(now);
  assert_string_equal(now->name, "sleep");
  assert_string_equal(now->command, "sleep 1000");
  assert_int_equal(now->pid, before->pid);
  process_unref(now);
  process_unref(before);
  close(o.gate);
  kill(o.pid, SIGKILL);
  assert_int_equal(waitpid(o.pid, NULL, 0), o.pid);
  end_close(&e);
}

static void what_is_gone_or_far_is_not_found(void **state) {
  (void)state;
  struct end e;
  struct asked a;
  struct process *found;
  end_listen(&e, "127.0.0.1");
  int fd = connect_at(&e.at);
  end_accept(&e);
  assert_null(whose(e.fd)); /* this process itself */
  close(fd);
  assert_int_equal(ask(&a, e.fd), PROCESS_NONE);
  end_close(&e);
  struct process_query far = {.theirs = {4, 4000, {10, 0, 0, 1}, 0}, .ours = {4, 8888, {10, 0, 0, 2}, 0}, .fn = told};
  assert_int_equal(process_ask(finder, &far, &found), PROCESS_NONE);
}

/* ---- what it may cost ---- */

static void connect_many(const struct end *e) {
  for (int i = 0; i < 300; i++)
    connect_at(&e->at);
}

/* Without credit nothing is looked at now; when there is some again, one search serves all that wait. */
static void a_storm_waits_for_its_turn(void **state) {
  (void)state;
  static struct asked asked[300];
  static int fd[300];
  struct end e;
  unsigned later = 0, busy = 0, found = 0;
  end_listen(&e, "127.0.0.1");
  struct other o = other_start(connect_many, &e);
  for (int i = 0; i < 300; i++) {
    end_accept(&e);
    fd[i] = dup(e.fd);
    process_finder_owe(finder, 10 * CLOCK_MS);
    enum process_answer answer = ask(&asked[i], fd[i]);
    later += answer == PROCESS_LATER;
    busy += answer == PROCESS_BUSY;
  }
  assert_int_equal(later, 256);
  assert_int_equal(busy, 44);
  process_cancel(finder, &asked[0].query);
  TURN_UNTIL(loop, asked[255].calls == 1);
  for (int i = 1; i < 256; i++) {
    TURN_UNTIL(loop, asked[i].calls == 1);
    found += asked[i].process && asked[i].process->pid == o.pid;
    process_unref(asked[i].process);
  }
  assert_int_equal(found, 255);
  assert_int_equal(asked[0].calls, 0);
  for (int i = 0; i < 300; i++)
    close(fd[i]);
  other_end(&o);
  end_close(&e);
}

static void who_waits_does_not_wait_for_credit(void **state) {
  (void)state;
  struct end e;
  struct asked patient, urgent;
  end_listen(&e, "127.0.0.1");
  struct other o = other_start(connect_once, &e);
  end_accept(&e);
  process_finder_owe(finder, 3600 * CLOCK_S);
  assert_int_equal(ask(&patient, e.fd), PROCESS_LATER);
  process_cancel(finder, &patient.query);
  assert_int_equal(ask(&urgent, e.fd), PROCESS_LATER);
  process_cancel(finder, &urgent.query);
  urgent.query.urgent = true;
  if (process_ask(finder, &urgent.query, &urgent.process) == PROCESS_LATER)
    TURN_UNTIL(loop, urgent.calls == 1);
  else
    process_ref(urgent.process);
  assert_int_equal(urgent.process->pid, o.pid);
  assert_int_equal(patient.calls, 0);
  process_unref(urgent.process);
  other_end(&o);
  end_close(&e);
}

static void questions_end_with_the_finder(void **state) {
  (void)state;
  struct end e;
  struct asked a;
  end_listen(&e, "127.0.0.1");
  struct other o = other_start(connect_once, &e);
  end_accept(&e);
  process_finder_owe(finder, CLOCK_MS);
  assert_int_equal(ask(&a, e.fd), PROCESS_LATER);
  process_finder_free(finder);
  finder = process_finder_new(loop);
  assert_int_equal(a.calls, 0);
  other_end(&o);
  end_close(&e);
}

/* ---- whose child ---- */

static void connect_from_below(const struct end *e) {
  if (fork() == 0) {
    connect_at(&e->at);
    pause();
  }
}

static bool followed(const struct end *e, pid_t *pid) {
  struct process *p = whose(e->fd);
  assert_non_null(p);
  bool is = p->followed;
  *pid = p->pid;
  process_unref(p);
  return is;
}

static void who_was_started_by_it_is_followed(void **state) {
  (void)state;
  struct end e;
  pid_t below, stranger;
  end_listen(&e, "127.0.0.1");
  struct other o = other_start(connect_from_below, &e);
  process_finder_follow(finder, o.pid, "WEIR_TEST_MARK=1");
  end_accept(&e);
  assert_true(followed(&e, &below));
  assert_int_not_equal(below, o.pid);
  struct other s = other_start(connect_once, &e);
  end_accept(&e);
  assert_false(followed(&e, &stranger));
  assert_int_equal(stranger, s.pid);
  kill(below, SIGKILL);
  other_end(&s);
  other_end(&o);
  end_close(&e);
}

/* It is nobody's child any more, but was started with the variable. */
static void exec_marked(const struct end *e) {
  if (fork() != 0)
    return;
  if (fork() != 0)
    _exit(0);
  int fd = connect_at(&e->at);
  dup2(fd, 0);
  execle("/bin/cat", "cat", NULL, (char *const[]){(char[]){"A=b"}, (char[]){"WEIR_TEST_MARK=1"}, NULL});
  _exit(1);
}

static void who_left_is_known_by_its_variable(void **state) {
  (void)state;
  struct end e;
  pid_t pid;
  end_listen(&e, "127.0.0.1");
  process_finder_follow(finder, 0, "WEIR_TEST_MARK=1");
  struct other o = other_start(exec_marked, &e);
  end_accept(&e);
  uint64_t until = clock_mono() + TURNS_LIMIT;
  bool is = false;
  while (!is && clock_mono() < until) { /* it may not be `cat` yet */
    process_finder_follow(finder, o.pid, "WEIR_TEST_MARK=1");
    is = followed(&e, &pid);
  }
  assert_true(is);
  process_finder_follow(finder, o.pid, "WEIR_TEST_MARK=");
  assert_false(followed(&e, &pid));
  other_end(&o);
  end_close(&e);
}

static void who_listens_is_told(void **state) {
  (void)state;
  struct end e;
  struct buf name = BUF_INIT;
  pid_t pid = 0;
  end_listen(&e, "127.0.0.1");
  assert_true(process_at_port(e.at.port, &pid, &name));
  assert_int_equal(pid, getpid());
  assert_string_equal(name.p, "test_process");
  end_close(&e);
  buf_reset(&name);
  assert_false(process_at_port(e.at.port, &pid, &name));
  assert_int_equal(name.n, 0);
  buf_clear(&name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_process_is_found, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_tables_tell_the_same, set_up, tear_down),
      cmocka_unit_test_setup_teardown(ipv4_over_an_ipv6_socket_is_found, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_was_found_is_known, set_up, tear_down),
      cmocka_unit_test_setup_teardown(another_program_is_another_process, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_is_gone_or_far_is_not_found, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_storm_waits_for_its_turn, set_up, tear_down),
      cmocka_unit_test_setup_teardown(who_waits_does_not_wait_for_credit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(questions_end_with_the_finder, set_up, tear_down),
      cmocka_unit_test_setup_teardown(who_was_started_by_it_is_followed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(who_left_is_known_by_its_variable, set_up, tear_down),
      cmocka_unit_test(who_listens_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
