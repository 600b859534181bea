/* A long body into a file: in slices, with progress, whole, and gone where it was stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"
#include "weir/base/path.h"
#include "weir/body/decode.h"

#define FILE_NAME "build/tmp/write-long.txt"
#define LONG_N    ((size_t)70 << 20) /* more than is ever decoded at once */
#define LONG_TURN (50 * CLOCK_MS)    /* of the processor */

static void must_see(struct screen *s, const char *text) {
  if (screen_has(s, text))
    return;
  char *all = screen_text(s);
  print_error("\"%s\" is not on the screen:\n%s\n", text, all);
  free(all);
  fail();
}

static uint64_t processor(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec;
}

static void open_long(struct screen *s, const struct buf *body, const char *fields) {
  mkdir("build", 0755);
  mkdir("build/tmp", 0755);
  unlink(FILE_NAME);
  screen_open_sized(s, 120, 36, (uint64_t)512 << 20, 100);
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "shop.test",
                                  .path = "/long.txt",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = fields,
                                  .response_body = body->p,
                                  .response_body_n = body->n});
  screen_turn(s);
}

static void write_to(struct screen *s) {
  screen_keys(s, "g g :");
  screen_type(s, "write-body " FILE_NAME);
  terminal_fake_key(s->t, "Enter");
  loop_turn(s->w.loop, 0);
}

static void written_in_slices(const struct buf *body, const char *fields, const struct buf *plain) {
  struct screen s;
  char *text;
  size_t n;
  uint64_t longest = 0;
  open_long(&s, body, fields);
  write_to(&s);
  ui_paint(s.ui);
  must_see(&s, "writing ");
  must_see(&s, "% (Esc stops)");
  assert_int_equal(access(FILE_NAME, F_OK), 0);
  terminal_fake_key(s.t, "Esc");
  screen_turn(&s);
  must_see(&s, "writing stopped; the file is gone");
  assert_int_equal(access(FILE_NAME, F_OK), -1);
  write_to(&s);
  for (int i = 0; s.ui->part_file != NULL && i < 100000; i++) {
    uint64_t began = processor();
    loop_turn(s.w.loop, 0);
    longest = processor() - began > longest ? processor() - began : longest;
  }
  screen_turn(&s);
  must_see(&s, "written to " FILE_NAME);
  print_message("longest turn %.1f ms\n", (double)longest / CLOCK_MS);
  assert_true(longest < LONG_TURN);
  assert_true(path_read(FILE_NAME, LONG_N * 2, &text, &n, NULL));
  assert_int_equal(n, plain->n);
  assert_memory_equal(text, plain->p, n);
  free(text);
  unlink(FILE_NAME);
  screen_close(&s);
}

static struct buf long_text(void) {
  struct buf text = BUF_INIT;
  for (size_t i = 0; text.n < LONG_N; i++)
    buf_printf(&text, "line %010zu\n", i);
  return text;
}

static void a_coded_body(void **state) {
  struct buf plain = long_text(), coded = BUF_INIT;
  (void)state;
  assert_true(body_encode(SLICE("zstd"), buf_slice(&plain), &coded, NULL));
  written_in_slices(&coded, "Content-Encoding: zstd\r\n", &plain);
  buf_clear(&plain);
  buf_clear(&coded);
}

static void a_body_as_it_is(void **state) {
  struct buf plain = long_text();
  (void)state;
  written_in_slices(&plain, "", &plain);
  buf_clear(&plain);
}

/* What can be decoded is written, and that it is not all is said. */
static void a_damaged_body(void **state) {
  struct screen s;
  struct buf plain = BUF_INIT, coded = BUF_INIT;
  struct stat st;
  (void)state;
  for (int i = 0; i < 5000; i++)
    buf_printf(&plain, "line %d, %08x\n", i, (unsigned)i * 2654435761u);
  assert_true(body_encode(SLICE("gzip"), buf_slice(&plain), &coded, NULL));
  coded.n /= 2;
  open_long(&s, &coded, "Content-Encoding: gzip\r\n");
  write_to(&s);
  screen_turn(&s);
  must_see(&s, "written to " FILE_NAME ", but no further than could be decoded: ");
  assert_int_equal(stat(FILE_NAME, &st), 0);
  assert_in_range((size_t)st.st_size, 1000, plain.n - 1);
  unlink(FILE_NAME);
  buf_clear(&plain);
  buf_clear(&coded);
  screen_close(&s);
}

/* A flow that is being written is not pushed out, and the end of weir leaves no half file. */
static void weir_ends_meanwhile(void **state) {
  struct screen s;
  struct buf plain = long_text();
  (void)state;
  open_long(&s, &plain, "");
  write_to(&s);
  assert_non_null(s.ui->part_file);
  screen_close(&s);
  assert_int_equal(access(FILE_NAME, F_OK), -1);
  buf_clear(&plain);
}

static void the_flow_is_deleted_meanwhile(void **state) {
  struct screen s;
  struct buf plain = long_text();
  (void)state;
  open_long(&s, &plain, "");
  write_to(&s);
  terminal_fake_key(s.t, "d");
  for (int i = 0; s.ui->part_file != NULL && i < 1000; i++)
    screen_turn(&s);
  must_see(&s, "#1 is gone, and so is what of it was in " FILE_NAME);
  assert_int_equal(access(FILE_NAME, F_OK), -1);
  screen_keys(&s, "u");
  assert_int_equal(store_get(s.w.store, 1)->pins, 0);
  screen_close(&s);
  buf_clear(&plain);
}

/* A clipboard gets all of it or nothing. */
static void too_long_to_be_copied(void **state) {
  struct screen s;
  struct buf plain = long_text(), coded = BUF_INIT;
  (void)state;
  open_long(&s, &plain, "");
  screen_keys(&s, "g g y b");
  must_see(&s, "its body is too long to be copied (70M): wb writes it to a file");
  screen_keys(&s, "y R");
  must_see(&s, "its body is too long to be copied (70M): wr writes it to a file");
  screen_close(&s);
  assert_true(body_encode(SLICE("zstd"), buf_slice(&plain), &coded, NULL));
  open_long(&s, &coded, "Content-Encoding: zstd\r\n");
  screen_keys(&s, "g g y b");
  for (int i = 0; s.ui->copy_job != NULL && i < 100000; i++)
    screen_turn(&s);
  must_see(&s, "it cannot be copied whole (");
  screen_close(&s);
  buf_clear(&plain);
  buf_clear(&coded);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_coded_body),
      cmocka_unit_test(a_body_as_it_is),
      cmocka_unit_test(a_damaged_body),
      cmocka_unit_test(weir_ends_meanwhile),
      cmocka_unit_test(the_flow_is_deleted_meanwhile),
      cmocka_unit_test(too_long_to_be_copied),
  };
  return cmocka_run_group_tests_name("write_long", tests, NULL, NULL);
}
