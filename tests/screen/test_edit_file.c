/* Files into the editor, and long work there: how far it is, that Esc ends it, and that nothing else happens meanwhile. */
#include <fcntl.h>
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
#include "ui/draft.h"
#include "ui/ui_state.h"
#include "weir/rule/intercept.h"

#define DIRECTORY "build/tmp/edit-file"
#define SMALL     DIRECTORY "/small.bin"
#define LARGE     DIRECTORY "/large.bin"
#define LARGE_N   ((off_t)96 << 20)

static void make_file(const char *path, struct slice bytes, off_t size) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
  assert_int_equal(ftruncate(fd, size), 0);
  close(fd);
}

static int make_files(void **state) {
  (void)state;
  mkdir("build", 0755);
  mkdir("build/tmp", 0755);
  mkdir(DIRECTORY, 0700);
  make_file(SMALL, SLICE("\x00\r\n\xff!"), 5);
  make_file(LARGE, SLICE("x"), LARGE_N); /* a hole: it takes no room */
  return 0;
}

static int remove_files(void **state) {
  (void)state;
  unlink(SMALL);
  unlink(LARGE);
  rmdir(DIRECTORY);
  return 0;
}

static void open_edit(struct screen *s) {
  screen_open(s, 120, 24);
  screen_flow(s, &(struct script){.method = "POST", .host = "api.test", .path = "/", .body = "old body"});
  screen_turn(s);
  screen_keys(s, "e");
}

static void assert_body(struct screen *s, struct slice want) {
  screen_keys(s, "Ctrl-S");
  assert_true(screen_got(s, &s->server[0], "\r\n\r\n"));
  struct slice got = buf_slice(&s->server[0].got);
  got = slice_from(got, (size_t)slice_find(got, SLICE("\r\n\r\n")) + 4);
  assert_int_equal(got.n, want.n);
  assert_memory_equal(got.p, want.p, want.n);
}

static void a_file_takes_the_bodys_place(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s);
  screen_keys(&s, "Alt-I");
  screen_type(&s, DIRECTORY "/sm");
  screen_keys(&s, "Tab Enter");
  assert_has(&s, "8 bytes have become the 5 of " SMALL);
  assert_body(&s, SLICE("\x00\r\n\xff!"));
  screen_close(&s);
}

static void a_file_goes_in_at_the_cursor(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s);
  screen_keys(&s, "Tab Right Right Right Ctrl-R");
  screen_type(&s, SMALL);
  screen_keys(&s, "Enter");
  assert_has(&s, "5 bytes of " SMALL " are in");
  screen_keys(&s, "Alt-U");
  assert_has(&s, "unchanged");
  screen_keys(&s, "Alt-E");
  assert_body(&s, SLICE("old\x00\r\n\xff! body"));
  screen_close(&s);
}

static void what_cannot_be_read(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s);
  screen_keys(&s, "Alt-I");
  screen_type(&s, DIRECTORY "/none");
  screen_keys(&s, "Enter");
  assert_has(&s, "No such file");
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, DIRECTORY);
  screen_keys(&s, "Enter");
  assert_has(&s, "that is no regular file");
  make_file(LARGE, SLICE("x"), (off_t)1 << 30);
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, LARGE);
  screen_keys(&s, "Enter");
  assert_has(&s, "it is larger than 256M");
  screen_keys(&s, "Esc");
  assert_has(&s, "unchanged");
  make_file(LARGE, SLICE("x"), LARGE_N);
  screen_close(&s);
}

/* One key, without turns of the loop in which the work would go on. */
static void key(struct screen *s, const char *name) {
  struct key k;
  assert_true(key_parse(slice_of(name), &k));
  dispatch_key(s->ui, &k);
  ui_paint(s->ui);
}

static void to_its_end(struct screen *s, const struct draft *d) {
  for (int i = 0; d->work && i < 10000; i++)
    screen_turn(s);
  assert_null(d->work);
}

static void long_work_can_be_stopped(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s);
  screen_keys(&s, "Tab Alt-I");
  screen_type(&s, LARGE);
  key(&s, "Enter");
  struct draft *d = s.ui->drafts->first;
  assert_non_null(d->work);
  assert_has(&s, "reading the file: ");
  key(&s, "x");
  assert_has(&s, "%; Esc stops it");
  key(&s, "Esc");
  assert_null(d->work);
  assert_has(&s, "reading the file was stopped at ");
  assert_has(&s, "unchanged");
  screen_keys(&s, "Alt-I");
  screen_type(&s, LARGE);
  key(&s, "Enter");
  assert_non_null(d->work);
  to_its_end(&s, d);
  assert_has(&s, "8 bytes have become the 100663296 of");
  screen_keys(&s, "Alt-R =x Enter =y");
  key(&s, "Enter");
  assert_non_null(d->work);
  screen_keys(&s, "F7"); /* it goes on without its screen */
  to_its_end(&s, d);
  screen_keys(&s, "F2 e");
  assert_has(&s, "y");
  screen_keys(&s, "Alt-U Alt-U");
  assert_has(&s, "unchanged");
  screen_close(&s);
}

#define LONG_N ((size_t)40 << 20)

/* A body of some length, every line of which says where it is. */
static char *long_body(void) {
  char *body = mem_alloc(LONG_N + 1);
  for (size_t at = 0; at < LONG_N; at += 16)
    snprintf(body + at, 17, "line %010zu\n", at / 16);
  return body;
}

static void a_long_body_opens_in_slices(void **state) {
  struct screen s;
  struct buf text = BUF_INIT;
  (void)state;
  char *body = long_body();
  screen_open_sized(&s, 120, 24, (uint64_t)256 << 20, 100);
  screen_flow(&s, &(struct script){.method = "POST", .host = "api.test", .path = "/", .body = body, .body_n = LONG_N});
  screen_turn(&s);
  key(&s, "e");
  struct draft *d = s.ui->drafts->first;
  assert_true(d->opening);
  assert_has(&s, "opening: ");
  key(&s, "x");
  assert_has(&s, "opening, ");
  key(&s, "Esc");
  assert_null(s.ui->drafts->first);
  assert_has(&s, "#1 was not opened");
  key(&s, "e");
  d = s.ui->drafts->first;
  to_its_end(&s, d);
  assert_false(d->opening);
  editor_text(d->editor, &text);
  assert_true(slice_ends(buf_slice(&text), slice_make(body, LONG_N)));
  assert_false(draft_changed(d));
  screen_keys(&s, "Ctrl-End =!");
  assert_true(draft_changed(d));
  assert_int_equal(editor_size(d->editor), text.n + 1);
  key(&s, "Ctrl-S");
  assert_non_null(d->work); /* made ready in slices too */
  assert_has(&s, "making it ready: ");
  for (int i = 0; s.ui->drafts->first && i < 10000; i++)
    screen_turn(&s);
  assert_has(&s, "sent as #2");
  const struct flow *sent = store_get(s.w.store, 2);
  struct buf got = BUF_INIT;
  body_copy(&sent->request.body, &got);
  assert_int_equal(got.n, LONG_N + 1);
  assert_memory_equal(got.p, body, LONG_N);
  assert_int_equal(got.p[LONG_N], '!');
  assert_true(screen_got(&s, &s.server[0], "Content-Length: 41943041\r\n"));
  buf_clear(&got);
  screen_keys(&s, "k");
  s.options.memory = LONG_N / 2;
  key(&s, "e");
  to_its_end(&s, s.ui->drafts->first);
  assert_has(&s, "head only");
  assert_has(&s, "with this body the drafts would have more than --memory (20M)");
  assert_true(editor_size(s.ui->drafts->first->editor) < 1000);
  buf_clear(&text);
  free(body);
  screen_close(&s);
}

/* A paused request with a long body: only its head changed, then the body too. */
static void a_long_paused_body(void **state) {
  struct screen s;
  const size_t size = (size_t)3 << 20;
  (void)state;
  for (int body = 0; body < 2; body++) {
    struct buf text = BUF_INIT;
    screen_open(&s, 120, 24);
    assert_true(intercept_set(s.w.rules, "~q", NULL));
    struct peer *client = screen_client(&s);
    buf_printf(&text, "POST http://api.test/ HTTP/1.1\r\nHost: api.test\r\nContent-Length: %zu\r\n\r\n", size);
    size_t head = text.n;
    memset(buf_reserve(&text, size), 'a', size);
    text.n += size;
    for (size_t at = 0; at < text.n; at += 30000) {
      char piece[30001];
      snprintf(piece, sizeof piece, "%.30000s", text.p + at);
      screen_send(&s, client, piece);
    }
    screen_keys(&s, "' e Down End Enter");
    screen_type(&s, "X-New: 1");
    if (body)
      screen_keys(&s, "Ctrl-End =z");
    screen_keys(&s, "Ctrl-O");
    for (int i = 0; s.ui->drafts->first && i < 10000; i++)
      screen_turn(&s);
    assert_has(&s, "is changed and still paused");
    screen_keys(&s, "a");
    assert_true(screen_got(&s, &s.server[0], body ? "Content-Length: 3145729\r\n" : "Content-Length: 3145728\r\n"));
    for (size_t before = 0; before != s.server[0].got.n;) {
      before = s.server[0].got.n;
      screen_got(&s, &s.server[0], "X");
    }
    struct slice got = buf_slice(&s.server[0].got), want = slice_make(text.p + head, size);
    assert_true(slice_find(got, SLICE("\r\nX-New: 1\r\n")) > 0);
    got = slice_from(got, (size_t)slice_find(got, SLICE("\r\n\r\n")) + 4);
    assert_int_equal(got.n, size + (size_t)body);
    assert_memory_equal(got.p, want.p, size);
    assert_true(body == 0 || got.p[size] == 'z');
    buf_clear(&text);
    screen_close(&s);
  }
}

/* A draft that is thrown away takes its work along. */
static void closing_in_the_middle(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s);
  screen_keys(&s, "Alt-I");
  screen_type(&s, LARGE);
  key(&s, "Enter");
  assert_non_null(s.ui->drafts->first->work);
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_takes_the_bodys_place), cmocka_unit_test(a_file_goes_in_at_the_cursor),
      cmocka_unit_test(what_cannot_be_read),          cmocka_unit_test(long_work_can_be_stopped),
      cmocka_unit_test(a_long_body_opens_in_slices),  cmocka_unit_test(a_long_paused_body),
      cmocka_unit_test(closing_in_the_middle),
  };
  return cmocka_run_group_tests_name("edit_file", tests, make_files, remove_files);
}
