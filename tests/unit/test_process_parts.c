/* What /proc says of processes and sockets, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/process_parts.h"
#include "turns.h"

static void rows_of_the_tables_are_read(void **state) {
  (void)state;
  struct process_row row;
  char text[ADDRESS_TEXT];
  assert_true(process_row_parse(SLICE("   3: 0100007F:22B8 6300007F:9C40 01 00000000:00000000 00:00000000 00000000  "
                                      "1000        0 5354518 1 0000000000000000 20 4 30 10 -1"),
                                &row));
  assert_string_equal(address_text(&row.near, text, sizeof text), "127.0.0.1:8888");
  assert_string_equal(address_text(&row.far, text, sizeof text), "127.0.0.99:40000");
  assert_int_equal(row.state, 1);
  assert_int_equal(row.socket.uid, 1000);
  assert_int_equal(row.socket.inode, 5354518);
  assert_true(process_row_parse(SLICE("0: 00000000000000000000000001000000:0050 0000000000000000FFFF00000100007F:0001 "
                                      "0A 0:0 0:0 0 0 0 7"),
                                &row));
  assert_string_equal(address_text(&row.near, text, sizeof text), "[::1]:80");
  assert_string_equal(address_text(&row.far, text, sizeof text), "127.0.0.1:1");
  static const char *const bad[] = {
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "",
      "0: 0100007F:22B8 6300007F:9C40 01 0:0 0:0 0 0 0",
      "0: 0100007F 6300007F:9C40 01 0:0 0:0 0 0 0 7",
      "0: 0100007F:12345 6300007F:9C40 01 0:0 0:0 0 0 0 7",
      "0: 0100007G:1234 6300007F:9C40 01 0:0 0:0 0 0 0 7",
      "0: 0100007F:1234 6300007F:9C40 01 0:0 0:0 0 x 0 7",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (process_row_parse(slice_of(bad[i]), &row))
      fail_msg("taken: %s", bad[i]);
}

/* Numbers are given in turn, and from the beginning again after the last. */
static void young_processes_come_first(void **state) {
  (void)state;
  pid_t pids[] = {1, 200, 90, 32000, 31000, 150, 7};
  static const pid_t want[] = {150, 90, 7, 1, 32000, 31000, 200}, all[] = {32000, 31000, 200, 150, 90, 7, 1};
  process_order(pids, 7, 160);
  assert_memory_equal(pids, want, sizeof want);
  process_order(pids, 7, 0); /* nobody knows the last */
  assert_memory_equal(pids, all, sizeof all);
  process_order(pids, 7, 32001);
  assert_memory_equal(pids, all, sizeof all);
  process_order(NULL, 0, 5);
}

/* A process that was started just now stands before those that were there. */
static void the_last_one_is_listed_first(void **state) {
  (void)state;
  pid_t *pids, mine = fork();
  if (mine == 0) {
    pause();
    _exit(0);
  }
  size_t n = process_list(&pids), at = 0, self = 0;
  for (size_t i = 0; i < n; i++) {
    at = pids[i] == mine ? i : at;
    self = pids[i] == getpid() ? i : self;
  }
  assert_true(n > 1);
  assert_int_equal(pids[at], mine);
  assert_true(at < self);
  free(pids);
  kill(mine, SIGKILL);
  assert_int_equal(waitpid(mine, NULL, 0), mine);
}

static void exec_named(const char *program, char *const *argv) {
  execv(program, argv);
  _exit(1);
}

static struct process *read_named(const char *program, char *const *argv, const char *want) {
  int gate[2];
  assert_int_equal(pipe(gate), 0);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(gate[0], 0);
    close(gate[1]);
    exec_named(program, argv);
  }
  struct process *p = NULL;
  uint64_t until = clock_mono() + TURNS_LIMIT;
  while ((!p || strcmp(p->name, want) != 0) && clock_mono() < until) {
    process_unref(p);
    p = process_read(pid, &(struct process_mark){0});
  }
  close(gate[0]);
  close(gate[1]);
  kill(pid, SIGKILL);
  assert_int_equal(waitpid(pid, NULL, 0), pid);
  return p;
}

/* The name is the program's, whole, whatever the kernel has cut or a thread calls itself. */
static void names_are_what_a_person_typed(void **state) {
  (void)state;
  char folder[] = "/tmp/weir-process-test.XXXXXX", path[200];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/a-rather-long-name-of-a-program", folder);
  assert_int_equal(symlink("/bin/cat", path), 0);
  struct process *p = read_named(path, (char *const[]){path, (char[]){"-"}, NULL}, "a-rather-long-name-of-a-program");
  assert_string_equal(p->name, "a-rather-long-name-of-a-program");
  process_unref(p);
  p = read_named("/bin/cat", (char *const[]){(char[]){"MyTool --flag of one word"}, NULL}, "MyTool");
  assert_string_equal(p->name, "MyTool");
  assert_string_equal(p->command, "MyTool --flag of one word");
  process_unref(p);
  /* as Chromium's children do: one string, whose last "/" is in an option */
  p = read_named("/bin/cat",
                 (char *const[]){(char[]){"/opt/web/surfer --type=gpu --user-data-dir=/home/ann/profile-x"}, NULL},
                 "surfer");
  assert_string_equal(p->name, "surfer");
  process_unref(p);
  p = read_named("/bin/cat", (char *const[]){(char[]){"/opt/cat --user-data-dir=/home/ann/profile-x"}, NULL}, "cat");
  assert_string_equal(p->name, "cat");
  process_unref(p);
  p = read_named("/bin/cat", (char *const[]){(char[]){"-cat"}, NULL}, "cat");
  assert_string_equal(p->name, "cat");
  process_unref(p);
  unlink(path);
  rmdir(folder);
}

static void shown(const char *words, size_t n, const char *line) {
  char *text = process_command(slice_make(words, n));
  assert_string_equal(text, line);
  free(text);
}

static void passwords_do_not_stand_in_command_lines(void **state) {
  (void)state;
#define SHOWN(words, line) shown(words, sizeof words, line)
  SHOWN("curl\0-x\0http://ann:s3cret@127.0.0.1:21300\0http://a.test/x@y:z",
        "curl -x http://ann:***@127.0.0.1:21300 http://a.test/x@y:z");
  SHOWN("curl\0-U\0ann:s3:cret\0-uann:s3cret\0--proxy-user=ann:s3cret",
        "curl -U ann:*** -uann:*** --proxy-user=ann:***");
  SHOWN("curl\0--user\0ann\0-x\0ann:s3@cret@proxy.test:3128\0-x\0proxy.test:3128",
        "curl --user ann -x ann:***@proxy.test:3128 -x proxy.test:3128");
  SHOWN("sh\0-c\0curl ftp://ann:s3cret@a.test/ 'http://bob:@b.test' http://c.test:80/",
        "sh -c curl ftp://ann:***@a.test/ 'http://bob:***@b.test' http://c.test:80/");
  SHOWN("curl\0-H\0proxy-authorization: Basic YW5uOnB3\0-u\0s3cret:", "curl -H proxy-authorization: *** -u s3cret:***");
  SHOWN("docker\0-u\0"
        "1000:1000\0--password\0s3cret\0end",
        "docker -u 1000:1000 --password *** end");
  SHOWN("http://ann@a.test/:b@c \0\0", "http://ann@a.test/:b@c");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_of_the_tables_are_read),
      cmocka_unit_test(young_processes_come_first),
      cmocka_unit_test(the_last_one_is_listed_first),
      cmocka_unit_test(names_are_what_a_person_typed),
      cmocka_unit_test(passwords_do_not_stand_in_command_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
