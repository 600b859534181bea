/* The person's own editor on weir's terminal, while the proxy goes on: small scripts that edit, wait, stop and die. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui.h"

static struct tui t;
static int listener = -1, port; /* a server that the test plays itself */
static char every_byte[TUI_EVERY_BYTE], script[400];
static size_t every_n;

/* Replaces bytes of the file as they are. */
#define EDIT "LC_ALL=C sed -i s/old-value/new-value/ \"$1\"\n"

/* weir with this script as the editor; NULL: what env says. */
static void open_with(const char *text, const char *const *env) {
  char editor[420];
  const char *tmp = getenv("TMPDIR");
  const char *with_script[] = {editor, "EDITOR=false", "XDG_RUNTIME_DIR", NULL};
  snprintf(script, sizeof script, "%s/weir-editor", tmp ? tmp : "/tmp");
  snprintf(editor, sizeof editor, "VISUAL=sh -e '%s'", script); /* split into words, and it comes first */
  if (text) {
    FILE *f = fopen(script, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
  }
  static const char *const lent[] = {"--no-embed", NULL}; /* test_weir_pane.c has the other way */
  tui_open(&t, &(struct tui_options){.env = env ? env : with_script, .arguments = lent});
}

static int setup(void **state) {
  (void)state;
  every_n = tui_every_byte(every_byte);
  listener = net_listen(&port);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  tui_close(&t);
  close(listener);
  unlink(script);
  return 0;
}

/* A POST that waits, and the editor that E opens on it. */
static int pause_and_edit(void) {
  tui_keys(&t, "i\025~m POST\r");
  tui_see(&t, "intercept on");
  int fd = tui_request(&t, port, "POST", "/bytes", "X-Change: old-value\r\n", every_byte, every_n);
  tui_see(&t, "1 PAUSED");
  tui_keys(&t, "'E");
  return fd;
}

static bool nothing_arrived(void) {
  return !net_readable(listener, 0);
}

/* The server gets it with this value and every byte of the body; the client gets the answer. */
static void assert_arrives(int fd, const char *value, const char *end) {
  char head[500];
  size_t head_n, n;
  int served = net_accept(listener);
  SEE(&t, served >= 0);
  char *got = tui_received(served, &head_n, &n);
  assert_non_null(got);
  snprintf(head, sizeof head,
           "POST /bytes HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Change: %s\r\nContent-Length: %zu\r\n%s\r\n", port, value,
           every_n, end);
  assert_int_equal(head_n, strlen(head));
  assert_memory_equal(got, head, head_n);
  assert_int_equal(n - head_n, every_n);
  assert_memory_equal(got + head_n, every_byte, every_n);
  free(got);
  tui_reply(served, "got it");
  close(served);
  if (fd < 0)
    return;
  struct net_response r = net_response(fd, false);
  assert_int_equal(r.status, 200);
  assert_string_equal(r.body, "got it");
  net_response_free(&r);
  close(fd);
}

static bool is_lent(struct pty *pty, void *arg) {
  (void)arg;
  return !pty_alternate(pty) && !pty_mouse(pty) && !pty_paste_mode(pty) && pty_cooked(pty);
}

static bool is_ours(struct pty *pty, void *arg) {
  (void)arg;
  return pty_alternate(pty) && pty_mouse(pty) && pty_paste_mode(pty) && !pty_cooked(pty);
}

static void wait_for(bool (*holds)(struct pty *, void *)) {
  SEE(&t, pty_wait(t.pty, holds, NULL, PTY_DEADLINE));
}

static void bytes_survive_the_editor(void **state) {
  (void)state;
  open_with(EDIT, NULL);
  int fd = pause_and_edit();
  tui_see(&t, "#1 is still paused: a sends it");
  SEE(&t, is_ours(t.pty, NULL));
  tui_see(&t, "1 PAUSED");
  assert_true(nothing_arrived());
  tui_keys(&t, "a"); /* it is still the selected one */
  assert_arrives(fd, "new-value", "");
  tui_quit(&t);
}

static void requests_pass_while_it_is_open(void **state) {
  (void)state;
  struct stat st;
  char path[300], *slash;
  open_with("echo \"EDITING $1;\"; read x\n" EDIT, NULL);
  int fd = pause_and_edit();
  tui_see(&t, "EDITING ");
  wait_for(is_lent);
  int x, y;
  SEE(&t, pty_find(t.pty, "EDITING ", &x, &y));
  assert_int_equal(sscanf(strstr(pty_row(t.pty, y), "EDITING "), "EDITING %299[^;]", path), 1);
  assert_int_equal(stat(path, &st), 0); /* nobody else may read the file or look for it */
  assert_int_equal(st.st_mode & 07777, 0600);
  slash = strrchr(path, '/');
  *slash = '\0';
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0700);
  double slowest = tui_pass(&t, 100, "/ok");
  print_message("slowest answer %.0f ms\n", slowest * 1000);
  assert_true(slowest < 1);
  assert_true(is_lent(t.pty, NULL)); /* and nothing is drawn over the editor */
  assert_true(nothing_arrived());
  tui_keys(&t, "done\r");
  tui_see(&t, "#1 is still paused: a sends it");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 101/101"));
  assert_int_equal(stat(path, &st), -1); /* no trace is left */
  tui_keys(&t, "a");
  assert_arrives(fd, "new-value", "");
  tui_quit(&t);
}

static void interrupt_is_the_editors_own(void **state) {
  (void)state;
  open_with("trap 'echo GOT INT' INT; echo EDITING\nuntil read x; do :; done\n" EDIT, NULL);
  int fd = pause_and_edit();
  tui_see(&t, "EDITING");
  tui_keys(&t, "\003");
  tui_see(&t, "GOT INT");
  tui_get(&t, "/ok", 200); /* weir is alive and has not even noticed */
  assert_true(is_lent(t.pty, NULL));
  tui_keys(&t, "\r");
  tui_see(&t, "#1 is still paused: a sends it");
  tui_keys(&t, "a");
  assert_arrives(fd, "new-value", "");
  tui_quit(&t);
}

static void an_interrupt_that_ends_it_keeps_the_text(void **state) {
  (void)state;
  open_with("echo EDITING; read x\n" EDIT, NULL);
  int fd = pause_and_edit();
  tui_see(&t, "EDITING");
  tui_keys(&t, "\003");
  tui_see(&t, "ended by signal 2");
  tui_see(&t, "#1 is still paused");
  SEE(&t, is_ours(t.pty, NULL));
  tui_get(&t, "/ok", 200);
  tui_keys(&t, "'a");
  assert_arrives(fd, "old-value", "");
  tui_quit(&t);
}

static void a_stopped_editor_gives_the_screen_back(void **state) {
  (void)state;
  /* it says when it runs again: a Ctrl-Z that comes before SIGCONT would be lost */
  open_with("trap 'echo BACK' CONT; echo EDITING\nuntil read x; do :; done\n" EDIT, NULL);
  int fd = pause_and_edit();
  tui_see(&t, "EDITING");
  for (int round = 1; round <= 2; round++) {
    tui_keys(&t, "\032");
    tui_see(&t, "is stopped and keeps the text of #1");
    wait_for(is_ours);
    tui_get(&t, "/ok", 200);
    tui_keys(&t, "\023"); /* Ctrl-S: not while another has the text */
    tui_see(&t, "has this text");
    assert_true(nothing_arrived());
    tui_keys(&t, "\033OQ"); /* F2: weir's other screens */
    tui_see(&t, "PATH");
    tui_keys(&t, "'e\005"); /* Ctrl-E: back to it */
    wait_for(is_lent);
    SEE(&t, pty_wait_times(t.pty, "BACK", round));
  }
  tui_keys(&t, "go\r");
  tui_see(&t, "changed in sh; #1 is still paused: a sends it");
  wait_for(is_ours);
  assert_true(nothing_arrived());
  tui_keys(&t, "a");
  assert_arrives(fd, "new-value", "");
  tui_quit(&t);
}

static void a_killed_editor_keeps_what_it_saved(void **state) {
  (void)state;
  open_with(EDIT "kill -9 $$\n", NULL);
  int fd = pause_and_edit();
  tui_see(&t, "ended by signal 9");
  tui_see(&t, "X-Change: new-value"); /* in weir's editor now */
  SEE(&t, is_ours(t.pty, NULL));
  assert_true(nothing_arrived());
  tui_keys(&t, "\023");
  tui_see(&t, "goes on as you changed it");
  assert_arrives(fd, "new-value", "");
  tui_quit(&t);
}

static void trouble_with_the_editor_is_a_sentence(void **state) {
  (void)state;
  static const char *const cases[][2] = {{"EDITOR=/nosuch/editor --wait", "/nosuch/editor"},
                                         {"EDITOR=false", "false ended with status 1; the text is as it was"},
                                         {"EDITOR=rm -f", "left nothing that can be read"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    open_with(NULL, (const char *[]){"VISUAL", cases[i][0], NULL});
    int fd = pause_and_edit();
    tui_see(&t, cases[i][1]);
    SEE(&t, is_ours(t.pty, NULL));
    tui_get(&t, "/ok", 200);
    tui_see(&t, "1 PAUSED");
    tui_keys(&t, "\033OQ'a");
    tui_see(&t, "#1 goes on");
    assert_arrives(fd, "old-value", "");
    tui_quit(&t);
    tui_close(&t);
  }
}

static void an_editor_that_leaves_a_mess_harms_nothing(void **state) {
  (void)state;
  open_with("stty raw -echo -isig; printf '\\033[?1049h\\033[?1000h\\033[?25l\\033[2J\\033(0junk\\033[5;5r'\n", NULL);
  int fd = pause_and_edit();
  tui_see(&t, "nothing was changed in sh");
  wait_for(is_ours);
  SEE(&t, pty_wait_row(t.pty, 0, "1 PAUSED"));
  SEE(&t, pty_wait_row(t.pty, 35, "all keys"));
  tui_keys(&t, "'a");
  tui_see(&t, "#1 goes on");
  assert_arrives(fd, "old-value", "");
  tui_quit(&t); /* this compares the modes with those of the beginning */
}

static void a_copy_from_the_editor_is_a_child(void **state) {
  (void)state;
  open_with(EDIT, NULL);
  int fd = tui_request(&t, port, "POST", "/bytes", "X-Change: old-value\r\n", every_byte, every_n);
  assert_arrives(fd, "old-value", "");
  tui_see(&t, "/bytes");
  tui_keys(&t, "E");
  tui_see(&t, "Ctrl-S sends it");
  assert_true(nothing_arrived());
  tui_keys(&t, "\023");
  tui_see(&t, "sent as #2");
  assert_arrives(-1, "new-value", "Connection: close\r\n");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 2/2"));
  tui_quit(&t);
}

static void ending_weir_ends_the_editor(void **state) {
  (void)state;
  char path[300];
  int x, y, editor = 0;
  open_with("echo \"EDITING $$ $1;\"; read x\n", NULL);
  int fd = pause_and_edit();
  tui_see(&t, "EDITING ");
  wait_for(is_lent);
  SEE(&t, pty_find(t.pty, "EDITING ", &x, &y));
  assert_int_equal(sscanf(strstr(pty_row(t.pty, y), "EDITING "), "EDITING %d %299[^;]", &editor, path), 2);
  assert_int_equal(kill(editor, 0), 0);
  kill(t.weir, SIGTERM);
  assert_int_equal(tui_ended(&t), 0);
  assert_true(nothing_arrived());
  assert_int_equal(access(path, F_OK), -1);
  struct net_response r = net_response(fd, false);
  assert_int_not_equal(r.status, 200);
  net_response_free(&r);
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(bytes_survive_the_editor, setup, teardown),
      cmocka_unit_test_setup_teardown(requests_pass_while_it_is_open, setup, teardown),
      cmocka_unit_test_setup_teardown(interrupt_is_the_editors_own, setup, teardown),
      cmocka_unit_test_setup_teardown(an_interrupt_that_ends_it_keeps_the_text, setup, teardown),
      cmocka_unit_test_setup_teardown(a_stopped_editor_gives_the_screen_back, setup, teardown),
      cmocka_unit_test_setup_teardown(a_killed_editor_keeps_what_it_saved, setup, teardown),
      cmocka_unit_test_setup_teardown(trouble_with_the_editor_is_a_sentence, setup, teardown),
      cmocka_unit_test_setup_teardown(an_editor_that_leaves_a_mess_harms_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(a_copy_from_the_editor_is_a_child, setup, teardown),
      cmocka_unit_test_setup_teardown(ending_weir_ends_the_editor, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
