/* The `:` line: any command by name, numbers and words, `:set`, completion, what is wrong with a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/commands.h"
#include "ui/prompt.h"
#include "ui/ui_state.h"
#include "weir/app/setting.h"
#include "weir/base/mem.h"

static void open_shop(struct screen *s) {
  screen_open(s, 120, 36);
  screen_shop(s);
}

static void line(struct screen *s, const char *text) {
  screen_keys(s, ":");
  screen_type(s, text);
  screen_keys(s, "Enter");
}

static bool is_open(const struct screen *s) {
  return s->ui->top->ops == &prompt_view_ops;
}

/* A line that stays: the reason is on the screen, the place underlined. */
static void assert_wrong(struct screen *s, const char *text, const char *why, const char *underlined) {
  line(s, text);
  assert_true(is_open(s));
  if (!screen_has(s, why)) {
    char *all = screen_text(s);
    print_error("%s: not on the screen: %s\n%s\n", text, why, all);
    free(all);
    fail();
  }
  const struct canvas *c = terminal_fake_screen(s->t);
  struct buf under = BUF_INIT;
  for (int i = 0; i < c->width; i++)
    if (c->cell[(c->height - 2) * c->width + i].underline)
      buf_add_text(&under, c->cell[(c->height - 2) * c->width + i].bytes);
  assert_string_equal(buf_text(&under), underlined);
  buf_clear(&under);
  screen_keys(s, "Esc");
  assert_false(is_open(s));
}

static void by_name(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  line(&s, "6");
  assert_int_equal(s.ui->cursor, 6);
  line(&s, "flow-mark");
  assert_true(store_get(s.w.store, 6)->marked);
  line(&s, "go-down 3");
  assert_int_equal(s.ui->cursor, 9);
  line(&s, "2 go-up");
  assert_int_equal(s.ui->cursor, 7);
  line(&s, "  :go-to   #4 ");
  assert_int_equal(s.ui->cursor, 4);
  line(&s, "filter ~m POST");
  assert_true(screen_has(&s, "f: ~m POST"));
  line(&s, "flow-note look at this");
  line(&s, "f ~all");
  line(&s, "flow-open");
  assert_ptr_equal(s.ui->top->ops, &detail_view_ops);
  line(&s, "body-hex");
  assert_true(screen_has(&s, "[Hex]"));
  line(&s, "b");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  line(&s, "intercept ~m PUT");
  assert_string_equal(intercept_condition(s.w.rules), "~m PUT");
  line(&s, "filter"); /* without words: what the key does */
  assert_true(screen_has(&s, "f: ~all"));
  screen_keys(&s, "Esc");
  line(&s, "");
  assert_false(is_open(&s));
  line(&s, "q"); /* flows would be lost */
  assert_ptr_equal(s.ui->top->ops, &quit_view_ops);
  screen_keys(&s, "Esc");
  line(&s, "q!");
  assert_true(s.stopped);
  screen_close(&s);
}

static void a_number_before(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "1 G 5 :");
  screen_type(&s, "go-down");
  screen_keys(&s, "Enter");
  assert_int_equal(s.ui->cursor, 6);
  screen_close(&s);
}

static void wrong(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_wrong(&s, "flow-mrak", "flow-mrak is no command; did you mean flow-mark?", "flow-mrak");
  assert_wrong(&s, "xyzzyx", "xyzzyx is no command; Tab lists them", "xyzzyx");
  assert_wrong(&s, "body-hex", "body-hex is for another screen (detail)", "body-hex");
  assert_wrong(&s, "go-down x", "go-down takes a number at most", "x");
  assert_wrong(&s, "3 go-down 4", "go-down takes a number at most", "4");
  assert_wrong(&s, "999", "there is no flow #999", "999");
  assert_wrong(&s, "go-to", "go-to needs NUMBER", "o"); /* at the end: what is missing comes there */
  assert_wrong(&s, "go-to abc", "a flow's number is needed", "abc");
  assert_wrong(&s, "filter ~m POST &", "", "&");
  assert_wrong(&s, "set memory 5x", "memory: ", "5x");
  assert_wrong(&s, "set memmory 5", "memmory is no option; did you mean memory?", "memmory");
  assert_wrong(&s, "set listen 9999", "listen: the ports are opened when weir starts", "listen");
  assert_wrong(&s, "map x flow-mrak", "flow-mrak is no command; did you mean flow-mark?", "flow-mrak");
  assert_wrong(&s, "map Esc undo", "Esc always leads out", "Esc");
  screen_close(&s);
}

/* An unknown name is said while it is typed, a known one is explained. */
static void said_while_typed(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "3 G :");
  screen_type(&s, "flow-m");
  assert_false(screen_has(&s, "is no command"));
  screen_type(&s, "x");
  assert_true(screen_has(&s, "flow-mx is no command; did you mean flow-mark?"));
  screen_keys(&s, "Backspace");
  screen_type(&s, "ark");
  assert_true(screen_has(&s, "mark: it stays in the ring"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "flow-resume");
  assert_true(screen_has(&s, "resume the paused message (it is not paused)"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "set ");
  assert_true(screen_has(&s, "set NAME [VALUE]: change an option, or show it"));
  screen_close(&s);
}

static void history(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  line(&s, "go-to 3");
  line(&s, "go-to 5");
  screen_keys(&s, ": Up Ctrl-P Enter");
  assert_int_equal(s.ui->cursor, 3);
  screen_close(&s);
}

/* ---- completion ---- */

static void completed_names(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, ":");
  screen_type(&s, "flow-rep");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, ":flow-replay"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "flow-n");
  screen_keys(&s, "Tab"); /* takes words: a blank comes with it */
  screen_type(&s, "hello");
  screen_keys(&s, "Enter");
  assert_string_equal(store_get(s.w.store, s.ui->cursor)->note, "hello");
  screen_keys(&s, ":");
  screen_type(&s, "go-h");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, ":go-half-"));
  assert_true(screen_has(&s, "half a page up  (Ctrl-U)"));
  assert_true(screen_has(&s, "─ 2 ─"));
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, ":go-half-down"));
  assert_true(screen_has(&s, "─ 1 of 2 ─"));
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, ":go-half-up"));
  screen_keys(&s, "Tab Shift-Tab");
  assert_true(screen_has(&s, ":go-half-up"));
  screen_keys(&s, "Esc"); /* the list goes first */
  assert_true(is_open(&s));
  assert_false(screen_has(&s, "half a page up  (Ctrl-U)"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "zz");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, "nothing completes this"));
  screen_close(&s);
}

static void drawn(void **state) {
  static const int sizes[][2] = {{120, 36}, {80, 24}, {40, 10}};
  (void)state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct screen s;
    char name[48];
    screen_open(&s, sizes[i][0], sizes[i][1]);
    screen_shop(&s);
    screen_keys(&s, ":");
    screen_type(&s, "set time");
    screen_keys(&s, "Tab Tab");
    snprintf(name, sizeof name, "command_line_%dx%d", sizes[i][0], sizes[i][1]);
    screen_golden(&s, name);
    screen_close(&s);
  }
}

static void narrowed_by_typing(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, ": Tab");
  screen_type(&s, "screen");
  assert_true(screen_has(&s, "screen-flows"));
  assert_false(screen_has(&s, "write-body"));
  screen_type(&s, "-l");
  assert_true(screen_has(&s, "(gl F7)"));
  assert_false(screen_has(&s, "screen-flows"));
  screen_type(&s, "x");
  assert_false(screen_has(&s, "(gl F7)"));
  screen_close(&s);
}

static void completed_words(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, ":");
  screen_type(&s, "set timeout-h");
  screen_keys(&s, "Tab Tab");
  assert_true(screen_has(&s, ":set timeout-head 30"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "set mou");
  screen_keys(&s, "Tab Tab");
  assert_true(screen_has(&s, ":set mouse o"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "set lis"); /* what cannot be changed is not offered */
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, "nothing completes this"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "map F5 body-h");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, ":map F5 body-hex"));
  screen_keys(&s, "Enter :");
  screen_type(&s, "unmap F");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, ":unmap F5"));
  screen_close(&s);
}

static void files(void **state) {
  char folder[] = "/tmp/weir-complete-XXXXXX";
  struct completion c = {.from = 0};
  (void)state;
  assert_non_null(mkdtemp(folder));
  char *here = getcwd(NULL, 0);
  assert_int_equal(chdir(folder), 0);
  static const char *const names[] = {"beta.txt", "Bolt", ".hidden", "alpha"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    fclose(fopen(names[i], "w"));
  assert_int_equal(mkdir("box", 0700), 0);
  fclose(fopen("box/inner", "w"));

  completion_begin(&c, SLICE("save b"), 5);
  completion_add_files(&c);
  assert_int_equal(c.candidate.n, 3); /* without regard to case, in order */
  assert_string_equal(c.candidate.v[0].text, "Bolt");
  assert_string_equal(c.candidate.v[1].text, "beta.txt");
  assert_string_equal(c.candidate.v[2].text, "box/");
  assert_true(c.candidate.v[2].open);
  assert_int_equal(c.from, 5);
  completion_begin(&c, SLICE("box/"), 0);
  completion_add_files(&c);
  assert_int_equal(c.candidate.n, 1);
  assert_string_equal(c.candidate.v[0].text, "box/inner");
  completion_begin(&c, SLICE("."), 0);
  completion_add_files(&c);
  assert_int_equal(c.candidate.n, 1);
  assert_string_equal(c.candidate.v[0].text, ".hidden");
  completion_begin(&c, SLICE("nowhere/x"), 0);
  completion_add_files(&c);
  assert_int_equal(c.candidate.n, 0);
  completion_clear(&c);

  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unlink(names[i]);
  unlink("box/inner");
  rmdir("box");
  assert_int_equal(chdir(here), 0);
  rmdir(folder);
  free(here);
}

static void written(void **state) {
  struct screen s;
  char file[] = "/tmp/weir-written-XXXXXX", text[100], read[200] = "";
  (void)state;
  open_shop(&s);
  int fd = mkstemp(file);
  assert_true(fd >= 0);
  unlink(file);
  screen_keys(&s, "6 G");
  snprintf(text, sizeof text, "w %s", file);
  line(&s, text);
  assert_true(screen_has(&s, "written to"));
  FILE *f = fopen(file, "r");
  assert_non_null(f);
  assert_non_null(fgets(read, sizeof read, f));
  fclose(f);
  assert_non_null(strstr(read, "bad credentials"));
  line(&s, text); /* there it is already */
  assert_true(screen_has(&s, "exists: overwrite it?"));
  screen_keys(&s, "Esc w b Ctrl-U");
  screen_type(&s, "/tmp/weir-written-");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, file));
  unlink(file);
  close(fd);
  screen_close(&s);
}

static void clicked(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_keys(&s, ":");
  screen_type(&s, "go-h");
  screen_keys(&s, "Tab mouse:1,5,20"); /* the second of two lines of the box above the message line */
  assert_true(screen_has(&s, ":go-half-up"));
  assert_false(screen_has(&s, "─ 2 ─"));
  screen_close(&s);
}

/* ---- set ---- */

static void options_at_run_time(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "G");
  line(&s, "set flows 5");
  assert_true(screen_has(&s, "flows is 5"));
  screen_turn(&s);
  assert_true(store_stats(s.w.store).flows <= 6); /* what runs or is marked stays */
  line(&s, "set body-limit=64M");
  assert_true(screen_has(&s, "body-limit is 64M"));
  line(&s, "set timeout-idle 1.5");
  assert_true(screen_has(&s, "timeout-idle is 1.5"));
  line(&s, "set timeout-idle");
  assert_true(screen_has(&s, "timeout-idle is 1.5"));
  line(&s, "set listen?");
  assert_true(screen_has(&s, "listen is 8888; listen: the ports are opened when weir starts"));
  line(&s, "set insecure pay.test,*.shop.test");
  assert_true(proxy_insecure(s.w.proxy, "a.shop.test"));
  line(&s, "set intercept ~m PUT");
  assert_string_equal(intercept_condition(s.w.rules), "~m PUT");
  screen_keys(&s, "u");
  assert_string_equal(intercept_condition(s.w.rules), "");
  line(&s, "set ascii");
  assert_true(screen_has(&s, "ascii is on"));
  assert_false(screen_has(&s, "●"));
  line(&s, "set noascii");
  assert_true(screen_has(&s, "●"));
  line(&s, "set mouse off");
  assert_true(slice_find(terminal_fake_sent(s.t), SLICE("\033[?1000l")) >= 0);
  line(&s, "set mouse on");
  assert_true(slice_find(terminal_fake_sent(s.t), SLICE("\033[?1000h")) >= 0);
  screen_close(&s);
}

static void ascii_for_ever(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  s.ui->only_ascii = true;
  line(&s, "set ascii");
  assert_wrong(&s, "set ascii off", "this terminal's locale has no UTF-8", "off");
  assert_true(s.options.ascii);
  screen_close(&s);
}

/* Each option can be changed or says why not; what it shows as its value is what may be typed. */
static void every_option(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  for (size_t i = 0; i < option_table_n; i++) {
    const struct option_row *row = &option_table[i];
    struct buf value = BUF_INIT, again = BUF_INIT;
    struct err err = ERR_INIT;
    setting_value(&s.options, row, &value);
    bool good = setting_change(&s.w, row->name,
                               value.n > 0                      ? buf_text(&value)
                               : strcmp(row->name, "rule") == 0 ? "* => pass"
                                                                : "x",
                               &err);
    if (setting_fixed(row) != NULL) {
      assert_false(good);
      assert_string_equal(err.text, setting_fixed(row));
    } else {
      if (!good)
        fail_msg("set %s %s: %s", row->name, buf_text(&value), err.text);
      setting_value(&s.options, row, &again);
      if (value.n > 0)
        assert_string_equal(buf_text(&value), buf_text(&again));
    }
    buf_clear(&value);
    buf_clear(&again);
  }
  screen_close(&s);
}

/* ---- map ---- */

static void maps(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  line(&s, "map");
  assert_true(screen_has(&s, "no key is yours yet"));
  line(&s, "map F5 flow-mark");
  assert_true(screen_has(&s, "F5 flow-mark, as long as weir runs"));
  screen_keys(&s, "3 G F5");
  assert_true(store_get(s.w.store, 3)->marked);
  line(&s, "unmap X");
  assert_true(screen_has(&s, "X does nothing any more"));
  line(&s, "map");
  assert_true(screen_has(&s, "your keys: F5 flow-mark  X (nothing)"));
  line(&s, "unmap F5");
  assert_true(screen_has(&s, "F5 is as it was"));
  screen_close(&s);
}

static void from_the_file(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  (void)state;
  open_shop(&s);
  char first[] = "map F5 flow-mark", second[] = "map F6 undo", wrong_one[] = "map F6 udno",
       file[] = "/home/ann/.config/weir/config";
  struct option_line lines[] = {{first, 3}, {second, 4}};
  s.options.line = lines;
  s.options.lines = 2;
  s.options.file = file;
  assert_true(command_run_file(s.ui, &err));
  assert_int_equal(s.ui->message.n, 0);
  screen_keys(&s, "3 G F5");
  assert_true(store_get(s.w.store, 3)->marked);
  lines[1].text = wrong_one;
  assert_false(command_run_file(s.ui, &err));
  assert_string_equal(err.text, "/home/ann/.config/weir/config, line 4: udno is no command; did you mean undo?");
  s.options.line = NULL;
  s.options.lines = 0;
  s.options.file = NULL;
  screen_close(&s);
}

/* Each command of the table has its row right: a name of its own, help, and words it asks for. */
static void table(void **state) {
  (void)state;
  for (const struct line_command *c = command_table; c->name != NULL; c++) {
    assert_non_null(c->argument);
    assert_non_null(c->help);
    assert_non_null(c->act);
    assert_ptr_equal(command_find(slice_of(c->name)), c);
  }
  for (const struct command_alias *a = command_aliases; a->alias != NULL; a++) {
    bool known = command_find(slice_of(a->line)) != NULL;
    struct screen s;
    screen_open(&s, 80, 24);
    const struct binding *b;
    for (size_t at = 0; (b = dispatch_next(s.ui->top, &at)) != NULL;)
      known |= strcmp(b->name, a->line) == 0;
    screen_close(&s);
    if (!known)
      fail_msg("%s: there is no %s", a->alias, a->line);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_name),
      cmocka_unit_test(a_number_before),
      cmocka_unit_test(wrong),
      cmocka_unit_test(said_while_typed),
      cmocka_unit_test(history),
      cmocka_unit_test(completed_names),
      cmocka_unit_test(drawn),
      cmocka_unit_test(narrowed_by_typing),
      cmocka_unit_test(completed_words),
      cmocka_unit_test(files),
      cmocka_unit_test(written),
      cmocka_unit_test(clicked),
      cmocka_unit_test(options_at_run_time),
      cmocka_unit_test(ascii_for_ever),
      cmocka_unit_test(every_option),
      cmocka_unit_test(maps),
      cmocka_unit_test(from_the_file),
      cmocka_unit_test(table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
