/* Where files are put, and that nobody else can read them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/buf.h"
#include "weir/base/path.h"

static char dir[64];

static int make_dir(void **state) {
  (void)state;
  strcpy(dir, "/tmp/weir-path-XXXXXX");
  umask(0); /* the mode must not lean on the umask */
  return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state) {
  (void)state;
  struct buf path = BUF_INIT;
  static const char *const left[] = {"/a/b/file", "/a/b", "/a", "/big", ""};
  for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
    buf_reset(&path);
    buf_printf(&path, "%s%s", dir, left[i]);
    (void)remove(buf_text(&path));
  }
  buf_clear(&path);
  return 0;
}

static char *in_dir(const char *name) {
  struct buf path = BUF_INIT;
  buf_printf(&path, "%s/%s", dir, name);
  return buf_take(&path);
}

static void check_path(enum path_kind kind, const char *confdir, const char *name, const char *want) {
  char *path = path_for(kind, confdir, name);
  assert_string_equal(path, want);
  free(path);
}

static void follows_xdg(void **state) {
  (void)state;
  setenv("HOME", "/home/ann", 1);
  unsetenv("XDG_CONFIG_HOME");
  unsetenv("XDG_CACHE_HOME");
  setenv("XDG_DATA_HOME", "/data", 1);
  check_path(PATH_CONFIG, NULL, "config", "/home/ann/.config/weir/config");
  check_path(PATH_CACHE, NULL, "clip", "/home/ann/.cache/weir/clip");
  check_path(PATH_DATA, NULL, "log", "/data/weir/log");
  setenv("XDG_DATA_HOME", "relative", 1); /* the specification: ignore it */
  check_path(PATH_DATA, NULL, "log", "/home/ann/.local/share/weir/log");
  check_path(PATH_DATA, "/c", "log", "/c/log");
}

static void expands_the_home(void **state) {
  (void)state;
  setenv("HOME", "/home/ann", 1);
  static const char *const rows[][2] = {
      {"~/x", "/home/ann/x"}, {"~", "/home/ann"}, {"~bob/x", "~bob/x"}, {"/a/~/b", "/a/~/b"}, {"", ""}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *path = path_expand(rows[i][0]);
    assert_string_equal(path, rows[i][1]);
    free(path);
  }
}

static void private_from_the_first_byte(void **state) {
  (void)state;
  struct stat st;
  struct err err = ERR_INIT;
  char *path = in_dir("a/b/file");
  assert_int_equal(path_open_private(path, O_WRONLY, &err), -1); /* its directory is missing */
  assert_non_null(strstr(err.text, "No such file"));
  assert_true(path_make_parents(path, &err));
  assert_true(path_make_parents(path, &err)); /* again does no harm */
  int fd = path_open_private(path, O_WRONLY | O_TRUNC, &err);
  assert_true(fd >= 0);
  assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_true(path_write_all(fd, slice_make("a\0b", 3)));
  close(fd);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  char *parent = in_dir("a/b");
  assert_int_equal(stat(parent, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  free(parent);
  char *bytes;
  size_t n;
  assert_true(path_read(path, 3, &bytes, &n, &err));
  assert_int_equal(n, 3);
  assert_memory_equal(bytes, "a\0b", 4);
  free(bytes);
  assert_false(path_read(path, 2, &bytes, &n, &err));
  assert_non_null(strstr(err.text, "larger than 2"));
  char *below = in_dir("a/b/file/c/d"); /* a file stands where a directory should */
  assert_false(path_make_parents(below, &err));
  free(below);
  free(path);
}

static void reads_what_has_no_size(void **state) {
  (void)state;
  char *bytes;
  size_t n;
  struct err err = ERR_INIT;
  assert_true(path_read("/proc/self/cmdline", 4096, &bytes, &n, &err));
  assert_true(n > 0);
  free(bytes);
  assert_false(path_read("/dev/zero", 100000, &bytes, &n, &err)); /* ends at the cap */
  assert_false(path_read("/nowhere/at/all", 10, &bytes, &n, &err));
  assert_non_null(strstr(err.text, "/nowhere/at/all"));
  assert_false(path_read("/", 10, &bytes, &n, NULL));
}

/* A write may take a part only, and then say why it takes no more. */
static void writes_all_or_says_why(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct rlimit old, small;
  char *path = in_dir("small"), *bytes;
  size_t n;
  int fd = path_open_private(path, O_WRONLY | O_EXCL, &err);
  assert_true(fd >= 0);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small = (struct rlimit){.rlim_cur = 5, .rlim_max = old.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  bool whole = path_write_all(fd, SLICE("12345678"));
  int why = errno;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_false(whole);
  assert_int_equal(why, EFBIG);
  assert_true(path_write_all(fd, SLICE("")));
  close(fd);
  assert_true(path_read(path, 100, &bytes, &n, &err));
  assert_string_equal(bytes, "12345");
  free(bytes);
  free(path);
}

static void what_could_be_made_is_told_without_making_it(void **state) {
  (void)state;
  char path[200], file[200];
  snprintf(file, sizeof file, "%s/file", dir);
  int fd = open(file, O_WRONLY | O_CREAT, 0600);
  assert_true(fd >= 0);
  close(fd);
  snprintf(path, sizeof path, "%s/new", dir);
  assert_true(path_may_make(path));
  snprintf(path, sizeof path, "%s/new/and/more", dir);
  assert_true(path_may_make(path));
  assert_int_equal(access(path, F_OK), -1);
  snprintf(path, sizeof path, "%s/file/below", dir);
  assert_false(path_may_make(path));
  snprintf(path, sizeof path, "%s/file/below/and/more", dir);
  assert_false(path_may_make(path));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_could_be_made_is_told_without_making_it),
      cmocka_unit_test(follows_xdg),
      cmocka_unit_test(expands_the_home),
      cmocka_unit_test(private_from_the_first_byte),
      cmocka_unit_test(reads_what_has_no_size),
      cmocka_unit_test(writes_all_or_says_why),
  };
  return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
