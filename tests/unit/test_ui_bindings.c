/* The tables of bindings as such: names that people can rely on, keys that can be pressed, help for each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/bindings.h"
#include "ui/keymap.h"
#include "weir/ui/keys_page.h"

static int complaints; /* all of them are told before the test fails */

#define complain(...) (complaints++, print_error(__VA_ARGS__))

/* Small letters, digits and single hyphens, with a letter first. */
static bool is_well_formed(const char *name) {
  if (name == NULL || name[0] < 'a' || name[0] > 'z')
    return false;
  for (const char *p = name; *p != '\0'; p++) {
    bool word = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
    if (!word && (*p != '-' || p[1] == '-' || p[1] == '\0'))
      return false;
  }
  return true;
}

static void names_are_well_formed_and_unique(void **state) {
  (void)state;
  complaints = 0;
  for (size_t i = 0; binding_views[i] != NULL; i++) {
    const struct view_ops *ops = binding_views[i];
    const struct binding *a, *b;
    for (size_t at = 0; (a = bindings_next(ops, &at)) != NULL;) {
      if (!is_well_formed(a->name))
        complain("%s: \"%s\" is no name\n", ops->name, a->name != NULL ? a->name : "");
      for (size_t after = at; a->name != NULL && (b = bindings_next(ops, &after)) != NULL;)
        if (b->name != NULL && strcmp(a->name, b->name) == 0)
          complain("%s: \"%s\" is there twice\n", ops->name, a->name);
    }
  }
  assert_int_equal(complaints, 0);
}

static bool is_group(const char *group) {
  for (size_t i = 0; group != NULL && binding_groups[i] != NULL; i++)
    if (strcmp(binding_groups[i], group) == 0)
      return true;
  return false;
}

static void each_has_help_a_group_and_an_act(void **state) {
  (void)state;
  complaints = 0;
  for (size_t i = 0; binding_views[i] != NULL; i++) {
    const struct view_ops *ops = binding_views[i];
    const struct binding *b;
    for (size_t at = 0; (b = bindings_next(ops, &at)) != NULL;) {
      if (b->help == NULL || b->help[0] == '\0')
        complain("%s: %s has no help\n", ops->name, b->name);
      if (!is_group(b->group))
        complain("%s: %s is in no group of help\n", ops->name, b->name);
      if (b->act == NULL)
        complain("%s: %s does nothing\n", ops->name, b->name);
    }
  }
  assert_int_equal(complaints, 0);
}

/* A name that key_parse() knows, or two printable characters: a chord. */
static bool can_be_pressed(struct slice name) {
  struct key key;
  return key_parse(name, &key) ||
         (name.n == 2 && name.p[0] > ' ' && name.p[0] < 0x7f && name.p[1] > ' ' && name.p[1] < 0x7f);
}

static bool has_key(const struct binding *b, struct slice name) {
  struct slice rest = slice_of(b->keys), other;
  while (slice_split(&rest, ' ', &other))
    if (slice_eq(name, other))
      return true;
  return false;
}

/* A key of the tables further down may be taken by a view for something else; within one table it has one meaning. */
static void keys_can_be_pressed_and_mean_one_thing(void **state) {
  (void)state;
  complaints = 0;
  for (size_t i = 0; binding_views[i] != NULL; i++) {
    const struct binding *table[] = {binding_views[i]->bindings, binding_views[i]->shared};
    for (size_t t = 0; t < 2; t++)
      for (const struct binding *b = table[t]; b != NULL && b->keys != NULL; b++) {
        struct slice rest = slice_of(b->keys), name;
        while (b->keys[0] != '\0' && slice_split(&rest, ' ', &name)) {
          if (!can_be_pressed(name))
            complain("%s: %.*s (%s) is no key\n", binding_views[i]->name, (int)name.n, name.p, b->name);
          for (const struct binding *c = b + 1; c->keys != NULL; c++)
            if (has_key(c, name))
              complain("%s: %.*s is %s and %s\n", binding_views[i]->name, (int)name.n, name.p, b->name, c->name);
        }
      }
  }
  assert_int_equal(complaints, 0);
}

/* A single key acts at once, so a chord that begins with it in the same view would never come. */
static void no_key_hides_a_chord(void **state) {
  struct keymap *m = keymap_new();
  (void)state;
  complaints = 0;
  for (size_t i = 0; binding_views[i] != NULL; i++) {
    const struct binding *b;
    for (size_t at = 0; (b = bindings_next(binding_views[i], &at)) != NULL;) {
      struct slice rest = slice_of(b->keys), name;
      struct key key, first, none = {0};
      while (b->keys[0] != '\0' && slice_split(&rest, ' ', &name)) {
        const struct binding *other = NULL;
        if (key_parse(name, &key))
          continue;
        first = (struct key){.code = (unsigned char)name.p[0]};
        if (keymap_find(m, binding_views[i], &none, &first, &other) == KEY_MATCH_FULL)
          complain("%s: %.*s (%s) never comes: %c is %s\n", binding_views[i]->name, (int)name.n, name.p, b->name,
                   name.p[0], other->name);
      }
    }
  }
  keymap_free(m);
  assert_int_equal(complaints, 0);
}

/* The pages leave none out. */
static void pages_have_all(void **state) {
  struct buf markdown = BUF_INIT, man = BUF_INIT;
  (void)state;
  complaints = 0;
  keys_page_markdown(&markdown);
  keys_page_man(&man);
  for (size_t i = 0; binding_views[i] != NULL; i++) {
    const struct binding *b;
    for (size_t at = 0; (b = bindings_next(binding_views[i], &at)) != NULL;) {
      char row[300], item[100];
      snprintf(row, sizeof row, "%s | `%s` |\n", b->help, b->name);
      snprintf(item, sizeof item, "\n.Pq Cm %s\n", b->name);
      if (strchr(b->help, '|') == NULL && strstr(buf_text(&markdown), row) == NULL)
        complain("keys.md: %s (%s) is missing\n", b->name, binding_views[i]->name);
      if (strstr(buf_text(&man), item) == NULL)
        complain("weir.1: %s (%s) is missing\n", b->name, binding_views[i]->name);
    }
  }
  buf_clear(&markdown);
  buf_clear(&man);
  assert_int_equal(complaints, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_well_formed_and_unique),
      cmocka_unit_test(each_has_help_a_group_and_an_act),
      cmocka_unit_test(keys_can_be_pressed_and_mean_one_thing),
      cmocka_unit_test(no_key_hides_a_chord),
      cmocka_unit_test(pages_have_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
