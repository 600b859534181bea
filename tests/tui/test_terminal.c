/* The real terminal, seen from the other side of a pty: what it draws, what it takes, and that it is always given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty_screen.h"

static struct pty *pty;
static int beat[2] = {-1, -1};

#define SEE(what)                                                                                                      \
  do {                                                                                                                 \
    bool seen_ = (what);                                                                                               \
    if (!seen_)                                                                                                        \
      pty_dump(pty);                                                                                                   \
    assert_true(seen_);                                                                                                \
  } while (0)

static void start_with(const char *const *env, const char *const *argv, int width, int height) {
  const char *plain[] = {pty_beside("term_demo"), NULL};
  pty = pty_start(&(struct pty_options){
      .argv = argv ? argv : plain, .env = env, .width = width, .height = height, .keep_fd = beat[1]});
}

static void start(void) {
  start_with(NULL, NULL, 80, 24);
  SEE(pty_wait_text(pty, "calm|"));
}

static int setup(void **state) {
  (void)state;
  return pipe2(beat, O_NONBLOCK | O_CLOEXEC);
}

static int teardown(void **state) {
  (void)state;
  pty_free(pty);
  pty = NULL;
  close(beat[0]);
  close(beat[1]);
  return 0;
}

static bool is_ours(void) {
  return pty_alternate(pty) && pty_mouse(pty) && pty_paste_mode(pty) && !pty_cooked(pty);
}

static bool is_given_back(void) {
  return !pty_alternate(pty) && !pty_mouse(pty) && !pty_paste_mode(pty) && pty_cooked(pty) &&
         pty_cursor(pty, NULL, NULL);
}

static int end(void) {
  int status = -1;
  SEE(pty_wait_exit(pty, &status, PTY_DEADLINE));
  return status;
}

static void quits_well(void) {
  pty_send(pty, "q");
  int status = end();
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  SEE(is_given_back());
}

static void draws_and_gives_back(void **state) {
  (void)state;
  int x, y;
  start();
  SEE(is_ours());
  assert_false(pty_cursor(pty, NULL, NULL));
  assert_string_equal(pty_row(pty, 0), "size 80x24|");
  SEE(pty_find(pty, "error", &x, &y));
  struct pty_cell error = pty_cell(pty, x, y), ok = pty_cell(pty, x + 5, y), wide = pty_cell(pty, x + 7, y);
  assert_int_equal(error.fg, 203);
  assert_true(error.bold);
  assert_int_equal(error.bg, -1);
  assert_int_equal(ok.fg, 80);
  assert_string_equal(wide.text, "山");
  assert_int_equal(wide.width, 2);
  assert_string_equal(pty_cell(pty, x + 11, y).text, "é");
  assert_string_equal(pty_row(pty, 5), "wire ^[[2J\\xff^[]0;owned^G|");
  assert_true(pty_cell(pty, 5, 5).reverse);
  assert_string_equal(pty_cell(pty, 79, 23).text, "$"); /* the last cell, without scrolling */
  assert_string_equal(pty_cell(pty, 79, 22).text, "$"); /* after a character of two columns */
  quits_well();
  SEE(pty_find(pty, "bye well", NULL, NULL));
}

static void keys_arrive(void **state) {
  (void)state;
  static const char *const cases[][2] = {{"j", "key j|"},          {"\033[A", "key Up|"},   {"\023", "key Ctrl-S|"},
                                         {"\003", "key Ctrl-C|"},  {"\033", "key Esc|"},    {"\033OQ", "key F2|"},
                                         {"\033u", "key Alt-U|"},  {"\xc3\xa9", "key é|"},  {"\r", "key Enter|"},
                                         {"\034", "key Ctrl-\\|"}, {"\021", "key Ctrl-Q|"}, {"\033[6~", "key PgDn|"}};
  start();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    pty_send(pty, cases[i][0]);
    SEE(pty_wait_row(pty, 1, cases[i][1]));
  }
  quits_well();
}

static void mouse_and_wheel_arrive(void **state) {
  (void)state;
  start();
  pty_send(pty, "\033[<0;12;7M");
  SEE(pty_wait_row(pty, 1, "key Mouse 0,1,11,6|"));
  pty_send(pty, "\033[<0;12;7m");
  SEE(pty_wait_row(pty, 1, "key Mouse 1,1,11,6|"));
  pty_send(pty, "\033[<65;1;1M");
  SEE(pty_wait_row(pty, 1, "key Mouse 0,5,0,0|"));
  quits_well();
}

static void a_paste_is_one_key_with_its_bytes(void **state) {
  (void)state;
  start();
  size_t n = 300000;
  char *bytes = malloc(n), want[80];
  unsigned sum = 0;
  for (size_t i = 0; i < n; i++) {
    bytes[i] = (char)(i * 7 % 251);
    sum = sum * 31 + (unsigned char)bytes[i];
  }
  pty_send(pty, "\033[200~");
  pty_send_n(pty, bytes, n);
  pty_send(pty, "\033[201~");
  free(bytes);
  snprintf(want, sizeof want, "paste 1: 300000 bytes, sum %u|", sum);
  SEE(pty_wait_row(pty, 2, want));
  SEE(pty_wait_row(pty, 6, "keys 1|"));
  quits_well();
}

static void every_resize_arrives(void **state) {
  (void)state;
  char want[40];
  start();
  for (int i = 0; i < 80; i++) {
    int width = 40 + (i * 37) % 100, height = 10 + (i * 17) % 40;
    pty_resize(pty, width, height);
    snprintf(want, sizeof want, "size %dx%d|", width, height);
    SEE(pty_wait_row(pty, 0, want));
  }
  quits_well();
}

static void a_storm_of_resizes_ends_right(void **state) {
  (void)state;
  start();
  for (int round = 0; round < 10; round++) {
    char want[40];
    for (int i = 0; i < 8; i++)
      pty_resize(pty, 30 + i + round, 10 + i);
    snprintf(want, sizeof want, "size %dx%d|", 30 + 7 + round, 17);
    SEE(pty_wait_row(pty, 0, want));
  }
  quits_well();
}

static void smallest_and_largest(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {300, 400}, {2, 1}, {1, 50}, {400, 1}, {12, 2}};
  start();
  pty_send(pty, "F");
  SEE(pty_wait_text(pty, "flood"));
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    pty_resize(pty, sizes[i][0], sizes[i][1]);
    size_t before = pty_bytes(pty);
    while (pty_bytes(pty) < before + 200 && pty_read(pty, 1)) /* the smallest may have nothing more to say */
      ;
  }
  SEE(pty_wait_row(pty, 0, "size 12x2|"));
  pty_send(pty, "F");
  quits_well();
}

static void cursor_is_shown_where_asked(void **state) {
  (void)state;
  int x, y;
  start();
  pty_send(pty, "C");
  SEE(pty_wait_row(pty, 1, "key C|"));
  SEE(pty_settle(pty, 0.05));
  assert_true(pty_cursor(pty, &x, &y));
  assert_int_equal(x, 4);
  assert_int_equal(y, 1);
  quits_well();
}

static void a_key_costs_few_bytes(void **state) {
  (void)state;
  start();
  pty_send(pty, "j");
  SEE(pty_wait_row(pty, 1, "key j|"));
  SEE(pty_settle(pty, 0.05));
  size_t before = pty_bytes(pty);
  pty_send(pty, "k");
  SEE(pty_wait_row(pty, 6, "keys 2|"));
  SEE(pty_settle(pty, 0.05));
  assert_in_range(pty_bytes(pty) - before, 1, 200);
  quits_well();
}

static void stderr_goes_to_the_log(void **state) {
  (void)state;
  start();
  pty_send(pty, "W");
  SEE(pty_wait_row(pty, 3, "<stderr: scribble ^[[2J><stderr: second>"));
  assert_string_equal(pty_row(pty, 0), "size 80x24|");
  quits_well();
}

static void title_and_clipboard_sequences_go_out(void **state) {
  (void)state;
  start();
  assert_true(pty_saw(pty, "\033[22;0t"));
  pty_send(pty, "TB");
  SEE(pty_wait_row(pty, 6, "keys 2|"));
  assert_string_equal(pty_title(pty), "weir: 2 ^[^G PAUSED");
  assert_true(pty_saw(pty, "\033]52;c;aGVsbG8=\a"));
  quits_well();
  assert_true(pty_saw(pty, "\033[23;0t"));
}

static void signals_end_it_in_order(void **state) {
  (void)state;
  static const struct { int number, exit_code; } cases[] = {{SIGTERM, 0}, {SIGINT, 0}, {SIGHUP, 4}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    start();
    kill(pty_pid(pty), cases[i].number);
    int status = end();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), cases[i].exit_code);
    SEE(is_given_back());
    pty_free(pty);
    pty = NULL;
  }
}

static void fatal_signals_give_the_terminal_back(void **state) {
  (void)state;
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    /* no core files, and no sanitizer between the handler and death */
    start_with(
        (const char *[]){"ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0",
                         NULL},
        (const char *[]){"/bin/sh", "-c", "ulimit -c 0; exec \"$0\"", pty_beside("term_demo"), NULL}, 80, 24);
    SEE(pty_wait_text(pty, "calm|"));
    SEE(is_ours());
    kill(pty_pid(pty), numbers[i]);
    int status = end();
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), numbers[i]);
    SEE(is_given_back());
    SEE(pty_find(pty, "weir: killed by SIG", NULL, NULL));
    pty_free(pty);
    pty = NULL;
  }
}

static void a_fault_tells_what_stderr_had(void **state) {
  (void)state;
  start_with((const char *[]){"ASAN_OPTIONS=handle_segv=0", NULL},
             (const char *[]){"/bin/sh", "-c", "ulimit -c 0; exec \"$0\"", pty_beside("term_demo"), NULL}, 80, 24);
  SEE(pty_wait_text(pty, "calm|"));
  pty_send(pty, "S");
  int status = end();
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  SEE(is_given_back());
  SEE(pty_find(pty, "last words", NULL, NULL));
  SEE(pty_find(pty, "weir: killed by SIGSEGV", NULL, NULL));
}

static void exit_anywhere_gives_it_back(void **state) {
  (void)state;
  start_with((const char *[]){"ASAN_OPTIONS=detect_leaks=0", NULL}, NULL, 80, 24);
  SEE(pty_wait_text(pty, "calm|"));
  pty_send(pty, "E");
  int status = end();
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
  SEE(is_given_back());
}

static void the_checks_see_a_broken_terminal(void **state) {
  (void)state;
  start();
  kill(pty_pid(pty), SIGKILL);
  end();
  assert_true(pty_alternate(pty) && pty_mouse(pty) && pty_paste_mode(pty) && !pty_cooked(pty));
}

/* Ctrl-Z needs a shell with job control above. */
static void start_in_shell(void) {
  start_with((const char *[]){"PS1=PROMPT>", "ENV", NULL}, (const char *[]){"/bin/sh", "-i", NULL}, 80, 24);
  SEE(pty_wait_text(pty, "PROMPT>"));
  pty_send(pty, pty_beside("term_demo"));
  pty_send(pty, "\r");
  SEE(pty_wait_text(pty, "calm|"));
}

static void suspend_and_continue(void **state) {
  (void)state;
  start_in_shell();
  for (int round = 0; round < 3; round++) {
    pty_send(pty, "\032");
    SEE(pty_wait_times(pty, "Stopped", round + 1));
    SEE(!pty_alternate(pty));
    assert_false(pty_mouse(pty));
    assert_false(pty_paste_mode(pty));
    assert_true(pty_cursor(pty, NULL, NULL));
    pty_resize(pty, 90 + round, 30); /* while it cannot see it */
    pty_send(pty, "fg\r");
    char want[40];
    snprintf(want, sizeof want, "size %dx30|", 90 + round);
    SEE(pty_wait_row(pty, 0, want));
    SEE(is_ours());
    pty_send(pty, "j");
    SEE(pty_wait_row(pty, 1, "key j|"));
  }
  pty_send(pty, "q");
  SEE(pty_wait_text(pty, "bye well"));
  SEE(!pty_alternate(pty) && !pty_mouse(pty));
}

static void stop_from_outside(void **state) {
  (void)state;
  start(); /* a session leader without a shell: orphaned, so that SIGTSTP cannot stop it, and it must survive that */
  kill(pty_pid(pty), SIGTSTP);
  pty_send(pty, "j");
  SEE(pty_wait_row(pty, 1, "key j|"));
  int status;
  kill(pty_pid(pty), SIGSTOP);
  assert_int_equal(waitpid(pty_pid(pty), &status, WUNTRACED), pty_pid(pty));
  assert_true(WIFSTOPPED(status));
  pty_resize(pty, 60, 20);
  kill(pty_pid(pty), SIGCONT);
  SEE(pty_wait_row(pty, 0, "size 60x20|"));
  SEE(is_ours());
  quits_well();
}

static void a_child_borrows_the_terminal(void **state) {
  (void)state;
  start_with((const char *[]){"TERM_DEMO_CHILD=echo CHILD HERE; read x; echo \"got <$x>\"; read y", NULL}, NULL, 80,
             24);
  SEE(pty_wait_text(pty, "calm|"));
  pty_send(pty, "L");
  SEE(pty_wait_text(pty, "CHILD HERE"));
  SEE(is_given_back());
  pty_send(pty, "hello\r"); /* the terminal's own line editing and echo */
  SEE(pty_wait_text(pty, "got <hello>"));
  pty_resize(pty, 70, 22);
  assert_false(pty_alternate(pty)); /* nothing is drawn over the child */
  pty_send(pty, "\r");
  SEE(pty_wait_row(pty, 0, "size 70x22|"));
  SEE(is_ours());
  SEE(pty_wait_row(pty, 6, "keys 1|")); /* what the child was typed did not come here */
  pty_send(pty, "L");
  SEE(pty_wait_times(pty, "CHILD HERE", 2));
  pty_send(pty, "\003"); /* kills the child, not weir */
  SEE(pty_wait_row(pty, 0, "size 70x22|"));
  pty_send(pty, "L");
  SEE(pty_wait_times(pty, "CHILD HERE", 3));
  pty_send(pty, "\032"); /* stops the child; the demo kills it then */
  SEE(pty_wait_row(pty, 6, "keys 3|"));
  SEE(is_ours());
  quits_well();
}

static size_t beats;

static size_t drain_beats(void) {
  char bytes[4096];
  ssize_t n;
  while ((n = read(beat[0], bytes, sizeof bytes)) > 0)
    beats += (size_t)n;
  return beats;
}

static bool beats_reached(void *arg) {
  return drain_beats() >= *(size_t *)arg;
}

/* 600 beats are 3 s of the demo's timer. */
static void wait_stuck(size_t more) {
  beats = 0;
  drain_beats();
  size_t want = drain_beats() + more;
  SEE(pty_wait_unread(pty, beats_reached, &want, 20));
}

static void a_stuck_terminal_stops_nothing(void **state) {
  (void)state;
  start();
  pty_send(pty, "F");
  wait_stuck(600);
  pty_send(pty, "F"); /* keys are still read */
  wait_stuck(20);
  SEE(pty_wait_text(pty, "calm|"));
  SEE(pty_settle(pty, 0.1));
  assert_string_equal(pty_row(pty, 0), "size 80x24|");
  assert_string_equal(pty_row(pty, 6), "keys 2|");
  for (int y = 8; y < 22; y++)
    assert_string_equal(pty_row(pty, y), "");
  quits_well();
}

static void a_stuck_terminal_does_not_hold_the_end(void **state) {
  (void)state;
  start();
  pty_send(pty, "F");
  wait_stuck(200);
  kill(pty_pid(pty), SIGTERM);
  int status = 0;
  bool ended = false;
  for (int i = 0; i < 300 && !ended; i++) { /* not pty_wait_exit(): that would read */
    size_t more = (size_t)-1;
    ended = waitpid(pty_pid(pty), &status, WNOHANG) == pty_pid(pty);
    if (!ended)
      pty_wait_unread(pty, beats_reached, &more, 0.01);
  }
  assert_true(ended);
  assert_true(WIFEXITED(status) || WIFSIGNALED(status));
  assert_true(pty_cooked(pty));
}

static void a_hang_up_is_told(void **state) {
  (void)state;
  start();
  pid_t pid = pty_pid(pty);
  signal(SIGHUP, SIG_IGN);
  pty_hang_up(pty);
  int status;
  SEE(pty_wait_exit(pty, &status, PTY_DEADLINE));
  signal(SIGHUP, SIG_DFL);
  assert_true(pid > 0 && WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 4);
}

static bool has_colour(void) {
  return pty_saw(pty, "\033[38;5;") || pty_saw(pty, "\033[48;5;") || pty_saw(pty, "\033[31m") ||
         pty_saw(pty, "\033[39;49m") || pty_saw(pty, "\033[36m");
}

static void colour_can_be_refused(void **state) {
  (void)state;
  static const char *const envs[][3] = {
      {"NO_COLOR=1"}, {"TERM=vt100"}, {"TERM=vt220"}, {"NO_COLOR=", "TERM=xterm-mono"}, {"TERM=xterm", "NO_COLOR=yes"}};
  int x, y;
  start();
  assert_true(has_colour());
  for (size_t i = 0; i < sizeof envs / sizeof envs[0]; i++) {
    pty_free(pty);
    start_with((const char *[]){envs[i][0], envs[i][1], NULL}, NULL, 80, 24);
    SEE(pty_wait_text(pty, "calm|"));
    assert_false(has_colour());
    SEE(pty_find(pty, "error", &x, &y));
    assert_true(pty_cell(pty, x, y).bold);
    assert_string_equal(pty_row(pty, 0), "size 80x24|");
    quits_well();
  }
}

static void eight_colours_are_bold(void **state) {
  (void)state;
  int x, y;
  start_with((const char *[]){"TERM=xterm", NULL}, NULL, 80, 24);
  SEE(pty_wait_text(pty, "calm|"));
  SEE(pty_find(pty, "errorok", &x, &y));
  assert_int_equal(pty_cell(pty, x, y).fg & 7, 1);
  assert_int_equal(pty_cell(pty, x + 5, y).fg & 7, 6);
  quits_well();
}

static void without_utf_8_it_is_ascii(void **state) {
  (void)state;
  start_with((const char *[]){"LC_ALL=C", NULL}, NULL, 80, 24);
  SEE(pty_wait_text(pty, "calm|"));
  SEE(pty_find(pty, "errorok<5C71><7530><00E9>|", NULL, NULL));
  quits_well();
}

/* Without an alternate screen what was drawn stays, and the shell goes on below it. */
static void prompt_on_a_fresh_line(void **state) {
  (void)state;
  static const char *const terms[] = {"TERM=vt100", "TERM=linux"};
  for (size_t i = 0; i < 2; i++) {
    int x = -1, y = -1;
    pty_free(pty);
    start_with((const char *[]){terms[i], NULL}, NULL, 80, 24);
    SEE(pty_wait_row(pty, 23, "$"));
    quits_well();
    assert_string_equal(pty_row(pty, 23), "");
    assert_string_equal(pty_row(pty, 22), "bye well"); /* what the program says at its end */
    assert_non_null(strchr(pty_row(pty, 21), '$'));
    SEE(pty_cursor(pty, &x, &y) && x == 0 && y == 23);
  }
}

static void environment_sizes_do_not_win(void **state) {
  (void)state;
  start_with((const char *[]){"LINES=10", "COLUMNS=20", NULL}, NULL, 100, 30);
  SEE(pty_wait_row(pty, 0, "size 100x30|"));
  quits_well();
}

static void refusals_are_sentences(void **state) {
  (void)state;
  static const struct {
    const char *env, *says;
  } cases[] = {{"TERM=no-such-terminal", "terminal type \"no-such-terminal\" is not known here"},
               {"TERM=dumb", "cannot move its cursor"},
               {"TERM", "TERM is not set"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    start_with((const char *[]){cases[i].env, NULL}, NULL, 120, 24);
    int status = end();
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    SEE(pty_find(pty, cases[i].says, NULL, NULL));
    SEE(is_given_back());
    pty_free(pty);
  }
  start_with(NULL, (const char *[]){"/bin/sh", "-c", "\"$0\" | cat", pty_beside("term_demo"), NULL}, 120, 24);
  end();
  SEE(pty_find(pty, "needs a terminal on stdin and stdout", NULL, NULL));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(draws_and_gives_back),
      T(keys_arrive),
      T(mouse_and_wheel_arrive),
      T(a_paste_is_one_key_with_its_bytes),
      T(every_resize_arrives),
      T(a_storm_of_resizes_ends_right),
      T(smallest_and_largest),
      T(cursor_is_shown_where_asked),
      T(a_key_costs_few_bytes),
      T(stderr_goes_to_the_log),
      T(title_and_clipboard_sequences_go_out),
      T(signals_end_it_in_order),
      T(fatal_signals_give_the_terminal_back),
      T(a_fault_tells_what_stderr_had),
      T(exit_anywhere_gives_it_back),
      T(the_checks_see_a_broken_terminal),
      T(suspend_and_continue),
      T(stop_from_outside),
      T(a_child_borrows_the_terminal),
      T(a_stuck_terminal_stops_nothing),
      T(a_stuck_terminal_does_not_hold_the_end),
      T(a_hang_up_is_told),
      T(colour_can_be_refused),
      T(eight_colours_are_bold),
      T(without_utf_8_it_is_ascii),
      T(environment_sizes_do_not_win),
      T(prompt_on_a_fresh_line),
      T(refusals_are_sentences),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
