/* Filters by name: the file is a person's as much as weir's. */
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

#include "weir/base/path.h"
#include "weir/filter/preset.h"

static char folder[200];

static int open_folder(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/weir-preset-XXXXXX", tmp ? tmp : "/tmp");
  return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state) {
  char command[256];
  (void)state;
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command);
}

static char *file_name(const char *name) {
  char path[300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return mem_dup(path);
}

static void write_text(const char *name, const char *text) {
  char *path = file_name(name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
  free(path);
}

static void assert_file(const char *name, const char *expected) {
  char *path = file_name(name), *bytes;
  size_t n;
  struct err err = ERR_INIT;
  assert_true(path_read(path, 100000, &bytes, &n, &err));
  assert_string_equal(bytes, expected);
  free(bytes);
  free(path);
}

static void test_none_yet(void **state) {
  (void)state;
  struct filter_presets p;
  struct err err = ERR_INIT;
  filter_presets_init(&p, file_name("deep/config/filters"));
  assert_true(filter_presets_read(&p, &err));
  assert_int_equal(p.list.n, 0);
  assert_false(filter_presets_forget(&p, SLICE("slow"), &err));
  assert_non_null(strstr(err.text, "no filter of the name slow"));
  assert_int_equal(access(p.path, F_OK), -1); /* nothing was written for nothing */
  assert_true(filter_presets_save(&p, SLICE("slow"), SLICE("  >1s "), &err));
  assert_string_equal(filter_presets_find(&p, SLICE("slow")), ">1s");
  struct stat st;
  assert_int_equal(stat(p.path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  filter_presets_clear(&p);
}

static void test_hand_written_lines_stay(void **state) {
  (void)state;
  struct filter_presets p;
  struct err err = ERR_INIT;
  write_text("filters", "# mine\n\n  slow\t>1s   \nbad (\nnot/a/name x\nalone\n\nslow >2s\nfast <10ms");
  filter_presets_init(&p, file_name("filters"));
  assert_true(filter_presets_read(&p, &err));
  assert_int_equal(p.list.n, 4);
  assert_string_equal(filter_presets_find(&p, SLICE("slow")), ">2s"); /* the last one counts */
  assert_string_equal(filter_presets_find(&p, SLICE("bad")), "(");
  assert_null(filter_presets_find(&p, SLICE("alone")));
  assert_true(filter_presets_save(&p, SLICE("slow"), SLICE(">3s -host:cdn"), &err));
  assert_file("filters", "# mine\n\nslow >3s -host:cdn\nbad (\nnot/a/name x\nalone\n\nfast <10ms\n");
  assert_true(filter_presets_save(&p, SLICE("new"), SLICE("POST"), &err));
  assert_true(filter_presets_forget(&p, SLICE("bad"), &err));
  assert_file("filters", "# mine\n\nslow >3s -host:cdn\nnot/a/name x\nalone\n\nfast <10ms\nnew POST\n");
  assert_null(filter_presets_find(&p, SLICE("bad")));
  filter_presets_clear(&p);
}

static void test_a_link_stays_one(void **state) {
  (void)state;
  struct filter_presets p;
  struct err err = ERR_INIT;
  char *real = file_name("kept");
  write_text("kept", "a b\n");
  filter_presets_init(&p, file_name("link"));
  assert_int_equal(symlink(real, p.path), 0);
  assert_true(filter_presets_save(&p, SLICE("c"), SLICE("d"), &err));
  assert_file("kept", "a b\nc d\n");
  struct stat st;
  assert_int_equal(lstat(p.path, &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  filter_presets_clear(&p);
  free(real);
}

static void test_refused(void **state) {
  (void)state;
  struct filter_presets p;
  struct err err = ERR_INIT;
  filter_presets_init(&p, file_name("refused"));
  assert_false(filter_presets_save(&p, SLICE("a b"), SLICE("x"), &err));
  assert_false(filter_presets_save(&p, SLICE(""), SLICE("x"), &err));
  assert_false(filter_presets_save(&p, SLICE("a"), SLICE("  "), &err));
  assert_false(filter_presets_save(&p, SLICE("a"), SLICE("x ("), &err));
  assert_int_equal(err.at, 2);
  assert_int_equal(access(p.path, F_OK), -1);
  filter_presets_clear(&p);
  write_text("file", "x");
  filter_presets_init(&p, file_name("file/filters"));
  assert_false(filter_presets_save(&p, SLICE("a"), SLICE("b"), &err));
  assert_true(err.text[0]);
  filter_presets_clear(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_none_yet), cmocka_unit_test(test_hand_written_lines_stay),
                                     cmocka_unit_test(test_a_link_stays_one), cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, open_folder, drop_folder);
}
