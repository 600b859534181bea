/* The person's editor in a pane: small scripts in its place, that draw, ask, shout, wait and fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static struct screen s;

/* The file is $0. */
static void open_with(const char *script, int width, int height) {
  struct buf editor = BUF_INIT;
  buf_printf(&editor, "sh -c '%s'", script);
  setenv("EDITOR", buf_text(&editor), 1);
  buf_clear(&editor);
  unsetenv("VISUAL");
  screen_open(&s, width, height);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "7 G E");
}

static int close_it(void **state) {
  (void)state;
  siginfo_t info;
  screen_close(&s); /* nothing is left of the editor */
  assert_true(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0);
  return 0;
}

static bool seen(const char *text) {
  screen_wait(&s, 40 * CLOCK_MS); /* frames that no key caused keep their distance */
  screen_turn(&s);
  return screen_has(&s, text);
}

#define SEE(text)                                                                                                      \
  do {                                                                                                                 \
    uint64_t end_ = clock_mono() + 10 * CLOCK_S;                                                                       \
    while (!seen(text) && clock_mono() < end_)                                                                         \
      loop_turn(s.w.loop, 5 * CLOCK_MS);                                                                               \
    char *all_ = screen_text(&s);                                                                                      \
    if (!strstr(all_, text))                                                                                           \
      fail_msg("not seen: %s\n%s", text, all_);                                                                        \
    free(all_);                                                                                                        \
  } while (0)

static void it_stands_beside_the_list(void **state) {
  (void)state;
  open_with("echo DRAWN; read x; echo \"got <$x>\"; read x", 120, 36);
  SEE("DRAWN");
  assert_true(screen_has(&s, "sh: request of #7 (a copy)"));
  assert_true(screen_has(&s, "Ctrl-] leaves it"));
  assert_string_equal(s.ui->top->ops->name, "editor in a pane");
  screen_flow(&s, &(struct script){.method = "GET", .host = "shop.test", .path = "/new-one", .status = 200});
  SEE("/new-one");        /* the list is live */
  screen_type(&s, "jq?"); /* no key is weir's */
  screen_keys(&s, "Enter");
  SEE("got <jq?>");
  screen_keys(&s, "Enter");
  SEE("nothing was changed in sh");
  assert_false(screen_has(&s, "Ctrl-] leaves it"));
}

static void it_stands_below_a_few_rows_where_there_is_little_room(void **state) {
  (void)state;
  open_with("stty size; read x", 80, 24); /* it has that size from its first moment */
  SEE("16 80");
  assert_true(screen_has(&s, "METHOD")); /* the list's heads */
  terminal_fake_resize(s.t, 40, 10);
  screen_turn(&s);
  assert_true(screen_has(&s, "sh: request of #7"));
  screen_keys(&s, "Enter");
  SEE("nothing was changed in sh");
}

static void one_key_leads_to_the_list_and_back(void **state) {
  (void)state;
  open_with("echo DRAWN; read x; echo \"got <$x>\"; read x", 120, 36);
  SEE("DRAWN");
  screen_keys(&s, "Ctrl-]");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  assert_true(screen_has(&s, "sh goes on: Ctrl-] leads back to it"));
  assert_true(screen_has(&s, "DRAWN")); /* still beside it */
  screen_keys(&s, "g g j Enter");
  assert_ptr_equal(s.ui->top->ops, &detail_view_ops);
  screen_keys(&s, "Ctrl-]");
  assert_string_equal(s.ui->top->ops->name, "editor in a pane");
  screen_type(&s, "back");
  screen_keys(&s, "Enter");
  SEE("got <back>");
  screen_keys(&s, "Ctrl-] q");
  assert_true(screen_has(&s, "sh is open: what is not sent from there is lost"));
  screen_keys(&s, "Esc");
  assert_false(s.stopped);
}

static void its_size_follows_the_screens(void **state) {
  (void)state;
  open_with("trap \"stty size\" WINCH; stty size; until read x; do :; done", 120, 36);
  SEE("31 80");
  terminal_fake_resize(s.t, 140, 30);
  screen_turn(&s);
  SEE("25 83");
  screen_keys(&s, "Enter");
  SEE("nothing was changed");
}

static void what_it_saved_is_taken(void **state) {
  (void)state;
  open_with("sed -i \"s/^Host:.*/Host: other.test/\" \"$0\"", 120, 36);
  SEE("changed in sh; Ctrl-S sends it");
  assert_true(screen_has(&s, "Host: other.test"));
  assert_string_equal(s.ui->top->ops->name, "editor");
}

static void failure_changes_nothing_and_says_so(void **state) {
  (void)state;
  open_with("exit 3", 120, 36);
  SEE("sh ended with status 3; the text is as it was");
}

static void a_file_that_is_gone_is_said(void **state) {
  (void)state;
  open_with("rm \"$0\"", 120, 36);
  SEE("sh left nothing that can be read");
}

static void a_kill_is_said(void **state) {
  (void)state;
  open_with("kill -9 $$", 120, 36);
  SEE("sh was ended by signal 9");
}

static void a_stopped_one_waits(void **state) {
  (void)state;
  open_with("echo DRAWN; kill -STOP $$; echo AGAIN; read x", 120, 36);
  SEE("sh is stopped and keeps its text");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_keys(&s, "Ctrl-]");
  SEE("AGAIN");
}

static void one_that_hangs_is_ended_after_a_question(void **state) {
  (void)state;
  open_with("trap \"\" HUP; echo DRAWN; while :; do sleep 1000; done", 120, 36);
  SEE("DRAWN");
  screen_keys(&s, "Ctrl-] Alt-K");
  assert_true(screen_has(&s, "end sh? what was changed there is lost"));
  screen_keys(&s, "n");
  assert_non_null(s.ui->in_pane);
  screen_keys(&s, "Alt-K y");
  assert_null(s.ui->in_pane);
  assert_true(screen_has(&s, "it was told to end"));
  assert_false(screen_has(&s, "DRAWN"));
  siginfo_t info;
  uint64_t end = clock_mono() + 10 * CLOCK_S;
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && clock_mono() < end)
    screen_wait(&s, 100 * CLOCK_MS), loop_turn(s.w.loop, 5 * CLOCK_MS);
  assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
}

/* What it writes beside cells reaches nobody; what it asks is answered to it alone. */
static void nothing_but_cells_comes_out(void **state) {
  (void)state;
  open_with("stty raw -echo; printf \"\\033]0;title\\007\\033]52;c;aGVsbG8=\\007\\007\\033[?1000h\\033[6n\"; "
            "head -c 6 | od -An -c | tr -d \" \"; printf \"\\033[3;1Hend\"; head -c 1",
            120, 36);
  SEE("end");
  assert_true(screen_has(&s, "033[1;1R"));
  assert_int_equal(terminal_fake_sent(s.t).n, 0);
  screen_keys(&s, "x");
}

static void the_mouse_is_its_own_inside(void **state) {
  (void)state;
  open_with("stty raw -echo; printf \"\\033[?1006;1000hDRAWN\"; head -c 18 | od -An -c | tr -d \" \\n\"; head -c 1",
            120, 36);
  SEE("DRAWN");
  screen_keys(&s, "mouse:1,40,3");
  SEE("033[<0;1;1M033[<0;1;1m");
  screen_keys(&s, "mouse:1,10,4"); /* the list's */
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_keys(&s, "mouse:1,60,8");
  assert_string_equal(s.ui->top->ops->name, "editor in a pane");
}

static void its_way_out_cannot_be_lost(void **state) {
  (void)state;
  open_with("echo DRAWN; read x", 120, 36);
  SEE("DRAWN");
  screen_keys(&s, "Ctrl-] :");
  screen_type(&s, "unmap Ctrl-]");
  screen_keys(&s, "Enter");
  screen_keys(&s, ":");
  screen_type(&s, "editor-back");
  screen_keys(&s, "Enter");
  screen_keys(&s, "Ctrl-]");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, close_it)
  const struct CMUnitTest tests[] = {
      T(it_stands_beside_the_list),
      T(it_stands_below_a_few_rows_where_there_is_little_room),
      T(one_key_leads_to_the_list_and_back),
      T(its_size_follows_the_screens),
      T(what_it_saved_is_taken),
      T(failure_changes_nothing_and_says_so),
      T(a_file_that_is_gone_is_said),
      T(a_kill_is_said),
      T(a_stopped_one_waits),
      T(one_that_hangs_is_ended_after_a_question),
      T(nothing_but_cells_comes_out),
      T(the_mouse_is_its_own_inside),
      T(its_way_out_cannot_be_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
