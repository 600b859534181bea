/* A body through a command: what it gets, what is shown of what it wrote, how it is ended, and that traffic goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "screen.h"
#include "turns.h"
#include "ui/ui_state.h"
#include "weir/body/decode.h"

static void open_with(struct screen *s, const char *fields, const char *body, size_t n) {
  screen_open(s, 100, 24);
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "api.test",
                                  .path = "/users",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = fields,
                                  .response_body = body,
                                  .response_body_n = n,
                                  .ms = 3});
  screen_turn(s);
}

static void pipe_to(struct screen *s, const char *line) {
  screen_keys(s, "|");
  screen_type(s, line);
  screen_keys(s, "Enter");
}

/* Drawn again and again, as the tick of a command that runs does. */
static void comes(struct screen *s, const char *text) {
  for (uint64_t end = clock_mono() + TURNS_LIMIT; !screen_has(s, text) && clock_mono() < end;) {
    loop_turn(s->w.loop, 10 * CLOCK_MS);
    ui_dirty(s->ui);
    screen_turn(s);
  }
  screen_until(s, text);
}

/* For a command that waits until there is such a file. */
static void go_on(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  assert_true(fd >= 0);
  close(fd);
}

static void output_is_shown(void **state) {
  struct screen s;
  (void)state;
  open_with(&s, "", "one\ntwo\nthree\n", 0);
  pipe_to(&s, "sort");
  screen_until(&s, "ended with status 0");
  assert_true(screen_has(&s, "#1 response body | sort"));
  assert_true(screen_has(&s, "one\nthree\ntwo"));
  assert_true(screen_has(&s, "14 B of output"));
  screen_keys(&s, "/");
  screen_type(&s, "thr");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "/thr  1 of 1"));
  screen_keys(&s, "q");
  assert_string_equal(s.ui->top->ops->name, "flow list");
  screen_close(&s);
}

/* The command gets what the person reads, not gzip. */
static void the_body_is_decoded(void **state) {
  struct screen s;
  struct buf packed = BUF_INIT;
  struct err err = ERR_INIT;
  (void)state;
  assert_true(body_encode(SLICE("gzip"), SLICE("plain words"), &packed, &err));
  open_with(&s, "Content-Encoding: gzip\r\n", packed.p, packed.n);
  screen_keys(&s, "Enter"); /* from the detail screen too */
  pipe_to(&s, "tr a-z A-Z");
  screen_until(&s, "ended with status 0");
  assert_true(screen_has(&s, "PLAIN WORDS"));
  buf_clear(&packed);
  screen_close(&s);
}

static void failure_is_told(void **state) {
  struct screen s;
  (void)state;
  open_with(&s, "", "{", 0);
  pipe_to(&s, "cat; printf 'bad \\033[2Jinput\\n' >&2; exit 4");
  screen_until(&s, "ended with status 4");
  assert_true(screen_has(&s, "stderr: bad"));
  assert_false(screen_has(&s, "\033"));
  screen_close(&s);
}

static void a_command_can_be_ended_while_traffic_goes_on(void **state) {
  struct screen s;
  (void)state;
  open_with(&s, "", "x", 0);
  pipe_to(&s, "echo begun; exec sleep 100");
  screen_until(&s, "runs for");
  screen_flow(&s, &(struct script){.method = "GET", .host = "later.test", .path = "/", .status = 200, .reason = "OK"});
  assert_int_equal(store_count(s.w.store), 2);
  comes(&s, "runs for 0ms, has read 1 B and written 6 B");
  assert_true(screen_has(&s, "\nbegun\n")); /* what has come so far */
  screen_keys(&s, "r");
  assert_true(screen_has(&s, "it still runs"));
  screen_keys(&s, "Esc");
  screen_until(&s, "was ended by you");
  assert_true(screen_has(&s, "begun"));
  screen_keys(&s, "Esc");
  assert_string_equal(s.ui->top->ops->name, "flow list");
  pipe_to(&s, "exec sleep 100"); /* leaving ends it too */
  screen_until(&s, "runs for");
  screen_keys(&s, "q");
  assert_string_equal(s.ui->top->ops->name, "flow list");
  screen_close(&s);
}

/* What comes is added to what is there; what is no text turns it into hex; the end changes nothing of it. */
static void output_grows(void **state) {
  struct screen s;
  (void)state;
  open_with(&s, "", "x", 0);
  pipe_to(&s, "p=build/tmp/pipe_go; w() { until rm $p$1 2>/dev/null; do sleep 0.02; done; }; "
              "echo one; w 1; echo two; w 2; printf '\\0\\1\\2\\3'; w 3; echo no >&2");
  comes(&s, "\none\n");
  assert_true(screen_has(&s, "runs for"));
  go_on("build/tmp/pipe_go1");
  comes(&s, "one\ntwo\n");
  assert_true(screen_has(&s, "runs for"));
  go_on("build/tmp/pipe_go2");
  comes(&s, "74 77 6f 0a  00 01 02 03");
  assert_true(screen_has(&s, "runs for"));
  go_on("build/tmp/pipe_go3");
  screen_until(&s, "ended with status 0");
  assert_true(screen_has(&s, "stderr: no"));
  assert_true(screen_has(&s, "00 01 02 03"));
  screen_close(&s);
}

/* Without a key and without traffic. */
static void a_running_command_is_seen_to_run(void **state) {
  struct screen s;
  (void)state;
  open_with(&s, "", "x", 0);
  screen_wait(&s, 5 * CLOCK_S);
  pipe_to(&s, "echo begun; exec sleep 100");
  screen_until(&s, "runs for 0ms");
  for (uint64_t end = clock_mono() + TURNS_LIMIT; !screen_has(&s, "and written 6 B") && clock_mono() < end;) {
    loop_turn(s.w.loop, 10 * CLOCK_MS);
    ui_dirty(s.ui);
    screen_turn(&s);
  }
  assert_true(screen_has(&s, "runs for 0ms, has read 1 B and written 6 B"));
  for (int i = 0; i < 12; i++)
    screen_wait(&s, CLOCK_S / 4);
  assert_true(screen_has(&s, "runs for 3.00s"));
  screen_close(&s);
}

static void time_runs_out(void **state) {
  struct screen s;
  (void)state;
  open_with(&s, "", "x", 0);
  pipe_to(&s, "exec sleep 100");
  screen_until(&s, "runs for");
  screen_wait(&s, 31 * CLOCK_S);
  screen_until(&s, "was ended: it took more than 30 s");
  screen_close(&s);
}

static void output_is_written(void **state) {
  struct screen s;
  struct stat st;
  char path[] = "/tmp/weir-pipe-XXXXXX";
  (void)state;
  assert_non_null(mkdtemp(path));
  struct buf file = BUF_INIT;
  buf_printf(&file, "%s/out", path);
  open_with(&s, "", "abc", 0);
  pipe_to(&s, "rev");
  screen_until(&s, "ended with status 0");
  screen_keys(&s, "w Ctrl-U");
  screen_type(&s, buf_text(&file));
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "written to"));
  assert_int_equal(stat(buf_text(&file), &st), 0);
  assert_int_equal(st.st_size, 3);
  assert_int_equal(st.st_mode & 0777, 0600);
  unlink(buf_text(&file));
  rmdir(path);
  buf_clear(&file);
  screen_close(&s);
}

static void nothing_to_pipe(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 100, 24);
  screen_flow(&s, &(struct script){.method = "GET", .host = "api.test", .path = "/", .status = 204, .reason = "-"});
  screen_turn(&s);
  screen_keys(&s, "|");
  assert_true(screen_has(&s, "has no body"));
  screen_keys(&s, ":");
  screen_type(&s, "pipe wc");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "has no body"));
  screen_close(&s);
}

static void words_are_completed(void **state) {
  struct screen s;
  (void)state;
  open_with(&s, "", "x", 0);
  screen_keys(&s, "|");
  screen_type(&s, "cat /dev/nul");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, "cat /dev/null"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "cat | mktem");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, "cat | mktemp"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(output_is_shown), cmocka_unit_test(the_body_is_decoded),
      cmocka_unit_test(failure_is_told), cmocka_unit_test(a_command_can_be_ended_while_traffic_goes_on),
      cmocka_unit_test(output_grows),    cmocka_unit_test(a_running_command_is_seen_to_run),
      cmocka_unit_test(time_runs_out),   cmocka_unit_test(output_is_written),
      cmocka_unit_test(nothing_to_pipe), cmocka_unit_test(words_are_completed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
