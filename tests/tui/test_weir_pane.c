/* Real editors in a pane of the real screen, while the proxy goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui.h"

static struct tui t;
static int listener = -1, port, client = -1;

static int setup(void **state) {
  (void)state;
  listener = net_listen(&port);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  tui_close(&t);
  close(listener);
  if (client >= 0)
    close(client);
  client = -1;
  return 0;
}

/* The first of those that is installed; NULL, and said: none. */
static const char *installed(const char *const *names) {
  static char path[300];
  for (; *names; names++) {
    snprintf(path, sizeof path, "/usr/bin/%s", *names);
    if (access(path, X_OK) == 0)
      return path;
  }
  print_message("SKIPPED: no such editor is installed here\n");
  return NULL;
}

static void edit_a_post(const char *editor, int width, int height, const char *const *more) {
  char variable[400];
  const char *env[8] = {variable, "VISUAL", "XDG_RUNTIME_DIR"};
  snprintf(variable, sizeof variable, "EDITOR=%s", editor);
  for (int i = 3; more && *more && i < 7; i++)
    env[i] = *more++;
  tui_open(&t, &(struct tui_options){.env = env, .width = width, .height = height});
  tui_keys(&t, "i\025~m POST\r");
  tui_see(&t, "intercept on");
  client = tui_request(&t, port, "POST", "/edit", "X-Change: old-value\r\n", "hello", 5);
  tui_see(&t, "1 PAUSED");
  tui_keys(&t, "'E");
  tui_see(&t, "Ctrl-] leaves it");
  tui_see(&t, "X-Change: old-value");
}

static void assert_arrives(const char *field) {
  size_t head_n, n;
  tui_see(&t, "#1 is still paused: a sends it");
  tui_keys(&t, "a");
  int served = net_accept(listener);
  SEE(&t, served >= 0);
  char *got = tui_received(served, &head_n, &n);
  assert_non_null(got);
  SEE(&t, strstr(got, field) != NULL);
  assert_memory_equal(got + head_n, "hello", 5);
  free(got);
  close(served);
}

static const char *vim(void) {
  static char command[400];
  const char *path = installed((const char *const[]){"vim.tiny", "vim.basic", "vim", NULL});
  snprintf(command, sizeof command, "%s -Nu NONE -i NONE -n", path ? path : "");
  return path ? command : NULL;
}

static const char *nano(void) {
  static char command[400];
  const char *path = installed((const char *const[]){"nano", NULL});
  snprintf(command, sizeof command, "%s -I", path ? path : "");
  return path ? command : NULL;
}

static void vim_beside_the_list(void **state) {
  (void)state;
  if (!vim())
    skip();
  edit_a_post(vim(), 120, 36, NULL);
  tui_keys(&t, ":%s/old-value/new-value/\r");
  tui_see(&t, "X-Change: new-value");
  assert_true(tui_pass(&t, 100, "/ok") < 1);
  tui_see(&t, "flows 101/101");
  tui_see(&t, "X-Change: new-value"); /* and it stands there still */
  tui_keys(&t, "\035");
  tui_see(&t, "Ctrl-] goes to it");
  tui_keys(&t, "\035");
  tui_see(&t, "Ctrl-] leaves it");
  pty_resize(t.pty, 100, 30);
  tui_see(&t, "X-Change: new-value");
  tui_keys(&t, ":wq\r");
  assert_arrives("X-Change: new-value\r\n");
  tui_quit(&t);
}

static void vim_takes_a_paste_whole(void **state) {
  (void)state;
  if (!vim())
    skip();
  edit_a_post(vim(), 120, 36, NULL);
  tui_keys(&t, "jo");
  tui_see(&t, "INSERT");
  tui_keys(&t, "\033[200~X-Paste: :q!\033[201~");
  tui_see(&t, "X-Paste: :q!");
  tui_keys(&t, "\033");
  tui_see_not(&t, "INSERT");
  tui_keys(&t, ":wq\r");
  assert_arrives("X-Paste: :q!\r\n");
  tui_quit(&t);
}

static void nano_below_the_list(void **state) {
  (void)state;
  if (!nano())
    skip();
  edit_a_post(nano(), 80, 24, NULL);
  tui_see(&t, "GNU nano");
  tui_keys(&t, "\033[B"); /* Down */
  tui_keys(&t, "X-Nano: yes\r");
  tui_see(&t, "X-Nano: yes");
  tui_keys(&t, "\017\r");
  tui_see(&t, "Wrote");
  tui_keys(&t, "\030");
  assert_arrives("X-Nano: yes\r\n");
  tui_quit(&t);
}

static void no_colours_and_no_utf8(void **state) {
  (void)state;
  if (!vim())
    skip();
  edit_a_post(vim(), 100, 30, (const char *const[]){"NO_COLOR=1", "LC_ALL=C", "LANG=C", NULL});
  tui_keys(&t, ":set term?\r");
  tui_see(&t, "xterm-mono");
  for (int y = 0; y < 30; y++)
    for (int x = 0; x < 100; x++) {
      struct pty_cell cell = pty_cell(t.pty, x, y);
      assert_true(cell.fg == -1 && cell.bg == -1 && (unsigned char)cell.text[0] < 0x80);
    }
  tui_keys(&t, ":q!\r");
  tui_see(&t, "nothing was changed");
}

static void quitting_with_it_open_asks_and_ends_it(void **state) {
  (void)state;
  if (!vim())
    skip();
  edit_a_post(vim(), 120, 36, NULL);
  tui_keys(&t, "\035");
  tui_see(&t, "goes on: Ctrl-] leads back to it");
  tui_keys(&t, "q");
  tui_see(&t, "is open: what is not sent from there is lost");
  tui_keys(&t, "y");
  assert_int_equal(tui_ended(&t), 0);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(vim_beside_the_list),
      T(vim_takes_a_paste_whole),
      T(nano_below_the_list),
      T(no_colours_and_no_utf8),
      T(quitting_with_it_open_asks_and_ends_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
