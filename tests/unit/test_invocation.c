/* The commands that weir proposes: they can be pasted as they stand. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/invocation.h"

static void the_place_follows_the_words(void **state) {
  struct invocation v = {NULL, "/home/ann/it's here", "./ca.pem", "~/ca.key"};
  char text[INVOCATION_TEXT], here[PATH_MAX];
  (void)state;
  assert_non_null(getcwd(here, sizeof here));
  assert_int_equal(chdir("/usr"), 0); /* it may be pasted where another folder is the working directory */
  invocation_text(&v, "ca new", text, sizeof text);
  assert_int_equal(chdir(here), 0);
  assert_string_equal(text,
                      "weir ca new --confdir '/home/ann/it'\\''s here' --ca-cert /usr/ca.pem --ca-key '~/ca.key'");
  v = (struct invocation){"build/weir", NULL, NULL, NULL};
  assert_string_equal(invocation_text(&v, "ca", text, sizeof text), "build/weir ca");
  assert_string_equal(invocation_text(&v, NULL, text, sizeof text), "build/weir");
}

struct place {
  char self[PATH_MAX], folder[PATH_MAX], *path, here[PATH_MAX];
};

static void remember(struct place *p) {
  ssize_t n = readlink("/proc/self/exe", p->self, sizeof p->self - 1);
  assert_true(n > 0);
  p->self[n] = '\0';
  p->path = getenv("PATH") ? strdup(getenv("PATH")) : NULL;
  assert_non_null(getcwd(p->here, sizeof p->here));
}

static void restore(struct place *p) {
  assert_int_equal(chdir(p->here), 0);
  if (p->path)
    setenv("PATH", p->path, 1);
  free(p->path);
}

/* This test's own program is "weir" where a folder of PATH has it under that name. */
static void the_name_is_enough_only_where_it_leads_here(void **state) {
  struct place p = {.path = NULL};
  char folder[] = "/tmp/weir-invocation.XXXXXX", link[64], path[PATH_MAX];
  (void)state;
  remember(&p);
  assert_non_null(mkdtemp(folder));
  snprintf(link, sizeof link, "%s/weir", folder);
  setenv("PATH", folder, 1);
  char *word = invocation_program(false);
  assert_string_equal(word, p.self);
  free(word);

  assert_int_equal(symlink(p.self, link), 0);
  word = invocation_program(false);
  assert_string_equal(word, "weir");
  free(word);

  assert_int_equal(unlink(link), 0);
  assert_int_equal(symlink("/bin/true", link), 0); /* another program of that name comes first */
  snprintf(path, sizeof path, "%s:/nowhere", folder);
  setenv("PATH", path, 1);
  word = invocation_program(false);
  assert_string_equal(word, p.self);
  free(word);
  unlink(link);
  rmdir(folder);
  restore(&p);
}

static void a_path_is_short_for_who_stands_above_it(void **state) {
  struct place p = {.path = NULL};
  char above[PATH_MAX], *slash;
  (void)state;
  remember(&p);
  setenv("PATH", "/nowhere", 1);
  snprintf(above, sizeof above, "%s", p.self);
  slash = strrchr(above, '/');
  *slash = '\0';
  assert_int_equal(chdir(above), 0);
  char *word = invocation_program(true);
  assert_int_equal(strncmp(word, "./", 2), 0); /* a bare name would be looked for in PATH */
  assert_string_equal(word + 2, slash + 1);
  free(word);
  slash = strrchr(above, '/');
  *slash = '\0';
  assert_int_equal(chdir(above), 0);
  word = invocation_program(true);
  assert_string_equal(word, p.self + strlen(above) + 1);
  free(word);
  word = invocation_program(false);
  assert_string_equal(word, p.self);
  free(word);
  restore(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_place_follows_the_words),
      cmocka_unit_test(the_name_is_enough_only_where_it_leads_here),
      cmocka_unit_test(a_path_is_short_for_who_stands_above_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
