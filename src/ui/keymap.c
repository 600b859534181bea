#include "ui/keymap.h"

#include <stdlib.h>

#include "ui/bindings.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/base/text.h"
#include "weir/base/vec.h"

struct press {              /* one key, or two; what it means in a view */
  struct key first, second; /* second.code 0: one key */
  const struct binding *binding;
  bool own; /* the person's */
};

struct shown {
  const struct binding *binding;
  char *keys;
};

struct meanings { /* all that a view's keys mean; made when it is asked for */
  const struct view_ops *ops;
  VEC(struct press) press;
  VEC(struct shown) shown;
};

struct map {
  char *keys;    /* one name */
  char *command; /* NULL: these keys do nothing, whatever the tables say */
  struct key first, second;
};

struct keymap {
  VEC(struct map) map;
  VEC(struct meanings *) view;
};

struct keymap *keymap_new(void) {
  return mem_zero(1, sizeof(struct keymap));
}

static void forget_meanings(struct keymap *m) {
  for (size_t i = 0; i < m->view.n; i++) {
    struct meanings *view = m->view.v[i];
    for (size_t j = 0; j < view->shown.n; j++)
      free(view->shown.v[j].keys);
    VEC_CLEAR(&view->shown);
    VEC_CLEAR(&view->press);
    free(view);
  }
  VEC_CLEAR(&m->view);
}

static void map_clear(struct map *map) {
  free(map->keys);
  free(map->command);
}

void keymap_free(struct keymap *m) {
  if (m == NULL)
    return;
  forget_meanings(m);
  for (size_t i = 0; i < m->map.n; i++)
    map_clear(&m->map.v[i]);
  VEC_CLEAR(&m->map);
  free(m);
}

/* ---- keys ---- */

static bool key_same(const struct key *a, const struct key *b) {
  unsigned mask = a->code >= KEY_BASE ? ~0u : ~(unsigned)KEY_MOD_SHIFT;
  return a->code == b->code && (a->mods & mask) == (b->mods & mask);
}

static bool is_printable(char c) {
  return c > ' ' && c < 0x7f;
}

/* A name that key_parse() does not know and that is two characters long is a chord. */
static bool parse_press(struct slice name, struct key *first, struct key *second) {
  *second = (struct key){0};
  if (key_parse(name, first))
    return true;
  if (name.n != 2 || !is_printable(name.p[0]) || !is_printable(name.p[1]))
    return false;
  *first = (struct key){.code = (unsigned char)name.p[0]};
  *second = (struct key){.code = (unsigned char)name.p[1]};
  return true;
}

static bool press_same(const struct press *p, const struct key *first, const struct key *second) {
  return key_same(&p->first, first) && key_same(&p->second, second);
}

static bool is_text(const struct key *key) {
  return key->code < KEY_BASE && key->code >= ' ' && (key->mods & (KEY_MOD_ALT | KEY_MOD_CTRL)) == 0;
}

/* ---- what a view's keys mean ---- */

const struct binding *keymap_command(const struct view_ops *ops, struct slice name) {
  const struct binding *b;
  for (size_t at = 0; (b = bindings_next(ops, &at)) != NULL;)
    if (slice_eq(slice_of(b->name), name))
      return b;
  return NULL;
}

static bool is_taken_away(const struct keymap *m, const struct key *first, const struct key *second) {
  for (size_t i = 0; i < m->map.n; i++) {
    const struct map *map = &m->map.v[i];
    if (map->command == NULL && key_same(&map->first, first) && key_same(&map->second, second))
      return true;
  }
  return false;
}

static void add_press(struct meanings *view, struct key first, struct key second, const struct binding *b, bool own) {
  for (size_t i = 0; i < view->press.n; i++)
    if (press_same(&view->press.v[i], &first, &second))
      return;
  struct press p = {first, second, b, own};
  VEC_PUSH(&view->press, p);
}

static void add_maps(const struct keymap *m, struct meanings *view) {
  for (size_t i = m->map.n; i > 0; i--) {
    const struct map *map = &m->map.v[i - 1];
    const struct binding *b = map->command != NULL ? keymap_command(view->ops, slice_of(map->command)) : NULL;
    if (b != NULL && !(view->ops->typing && is_text(&map->first)))
      add_press(view, map->first, map->second, b, true);
  }
}

static void add_tables(const struct keymap *m, struct meanings *view) {
  const struct binding *b;
  for (size_t at = 0; (b = bindings_next(view->ops, &at)) != NULL;) {
    struct slice rest = slice_of(b->keys), name;
    struct key first, second;
    while (slice_split(&rest, ' ', &name))
      if (parse_press(name, &first, &second) && !is_taken_away(m, &first, &second))
        add_press(view, first, second, b, false);
  }
}

static bool is_hidden(const struct meanings *view, const struct press *chord) {
  for (size_t i = 0; i < view->press.n; i++)
    if (view->press.v[i].second.code == 0 && key_same(&view->press.v[i].first, &chord->first))
      return true;
  return false;
}

static void hide_chords(struct meanings *view) {
  for (size_t i = view->press.n; i > 0; i--)
    if (view->press.v[i - 1].second.code != 0 && is_hidden(view, &view->press.v[i - 1]))
      VEC_REMOVE(&view->press, i - 1);
}

static void add_shown(struct meanings *view, const struct binding *b) {
  struct buf keys = BUF_INIT;
  for (size_t i = 0; i < view->press.n; i++) {
    const struct press *p = &view->press.v[i];
    if (p->binding != b)
      continue;
    if (keys.n > 0)
      buf_add_byte(&keys, ' ');
    key_name(&p->first, &keys);
    if (p->second.code != 0)
      key_name(&p->second, &keys);
  }
  struct shown shown = {b, mem_dup(buf_text(&keys))};
  VEC_PUSH(&view->shown, shown);
  buf_clear(&keys);
}

static const struct meanings *meanings_of(struct keymap *m, const struct view_ops *ops) {
  const struct binding *b;
  for (size_t i = 0; i < m->view.n; i++)
    if (m->view.v[i]->ops == ops)
      return m->view.v[i];
  struct meanings *view = mem_zero(1, sizeof *view);
  view->ops = ops;
  add_maps(m, view);
  add_tables(m, view);
  hide_chords(view);
  for (size_t at = 0; (b = bindings_next(ops, &at)) != NULL;)
    add_shown(view, b);
  VEC_PUSH(&m->view, view);
  return view;
}

enum key_match keymap_find(struct keymap *m, const struct view_ops *ops, const struct key *prefix,
                           const struct key *key, const struct binding **out) {
  const struct meanings *view = meanings_of(m, ops);
  enum key_match best = KEY_MATCH_NONE;
  for (size_t i = 0; i < view->press.n; i++) {
    const struct press *p = &view->press.v[i];
    if (prefix->code != 0 ? press_same(p, prefix, key) : p->second.code == 0 && key_same(&p->first, key)) {
      *out = p->binding;
      return KEY_MATCH_FULL;
    }
    if (prefix->code == 0 && p->second.code != 0 && key_same(&p->first, key))
      best = KEY_MATCH_PREFIX;
  }
  return best;
}

const char *keymap_keys(struct keymap *m, const struct view_ops *ops, const struct binding *b) {
  const struct meanings *view = meanings_of(m, ops);
  for (size_t i = 0; i < view->shown.n; i++)
    if (view->shown.v[i].binding == b)
      return view->shown.v[i].keys;
  return "";
}

bool keymap_chord(struct keymap *m, const struct view_ops *ops, const struct key *first, size_t n, struct key *second,
                  const struct binding **out) {
  const struct meanings *view = meanings_of(m, ops);
  for (size_t i = 0; i < view->press.n; i++) {
    const struct press *p = &view->press.v[i];
    if (p->second.code == 0 || !key_same(&p->first, first) || n-- > 0)
      continue;
    *second = p->second;
    *out = p->binding;
    return true;
  }
  return false;
}

bool keymap_is_dead(struct keymap *m, const struct view_ops *ops, const struct key *key) {
  const struct key none = {0};
  const struct binding *b;
  return is_taken_away(m, key, &none) && keymap_find(m, ops, &none, key, &b) == KEY_MATCH_NONE;
}

/* ---- changes ---- */

static void safe_name(struct slice name, struct buf *out) {
  text_safe(out, slice_sub(name, 0, 40), TEXT_PLAIN);
}

static bool check_keys(struct slice name, size_t at, struct map *map, struct err *err) {
  struct buf safe = BUF_INIT;
  bool good = true;
  safe_name(name, &safe);
  if (!parse_press(name, &map->first, &map->second))
    good = err_set_at(err, at, name.n,
                      "%s is no key: they are written j, G, F5, Ctrl-X, Alt-X, Enter, Space, or gz for two",
                      buf_text(&safe));
  else if (map->first.code == KEY_ESC_)
    good = err_set_at(err, at, name.n, "Esc always leads out: it cannot be mapped");
  else if (map->first.code == KEY_MOUSE_ || map->first.code == KEY_PASTE || map->first.code == KEY_FOCUS_IN ||
           map->first.code == KEY_FOCUS_OUT)
    good = err_set_at(err, at, name.n, "%s is no key of the keyboard", buf_text(&safe));
  else if (map->first.mods == 0 && map->first.code >= '1' && map->first.code <= '9')
    good = err_set_at(err, at, name.n, "%s: digits begin a count (5j), so no key begins with one", buf_text(&safe));
  buf_clear(&safe);
  return good;
}

static bool check_command(struct slice name, size_t at, struct err *err) {
  const struct binding *b;
  struct nearest nearest;
  struct buf safe = BUF_INIT;
  nearest_init(&nearest, name);
  for (size_t i = 0; binding_views[i] != NULL; i++)
    for (size_t next = 0; (b = bindings_next(binding_views[i], &next)) != NULL;) {
      if (slice_eq(slice_of(b->name), name))
        return true;
      nearest_offer(&nearest, b->name);
    }
  safe_name(name, &safe);
  if (nearest.name != NULL)
    err_set_at(err, at, name.n, "%s is no command; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set_at(err, at, name.n, "%s is no command; ? and doc/keys.md name them all", buf_text(&safe));
  buf_clear(&safe);
  return false;
}

/* A chord whose first key acts at once in a view that has the command would never come. */
static bool check_chord(struct keymap *m, const struct map *map, size_t at, struct err *err) {
  const struct binding *b = NULL;
  struct key none = {0};
  for (size_t i = 0; map->second.code != 0 && binding_views[i] != NULL; i++)
    if (!binding_views[i]->typing && keymap_command(binding_views[i], slice_of(map->command)) != NULL &&
        keymap_find(m, binding_views[i], &none, &map->first, &b) == KEY_MATCH_FULL)
      return err_set_at(err, at, 2, "%c does %s at once (in %s): unmap %c first", (char)map->first.code, b->name,
                        binding_views[i]->name, (char)map->first.code);
  return true;
}

static struct slice word_of(struct slice line, size_t *at) {
  while (*at < line.n && (line.p[*at] == ' ' || line.p[*at] == '\t'))
    ++*at;
  size_t from = *at, end = from;
  while (end < line.n && line.p[end] != ' ' && line.p[end] != '\t')
    end++;
  return slice_sub(line, from, end - from);
}

static bool same_keys(const struct map *a, const struct map *b) {
  return key_same(&a->first, &b->first) && key_same(&a->second, &b->second);
}

/* Maps of these keys to that command go, to any when it is NULL. How many. */
static size_t remove_maps(struct keymap *m, const struct map *like, const char *command) {
  size_t n = 0;
  for (size_t i = m->map.n; i > 0; i--) {
    struct map *map = &m->map.v[i - 1];
    bool meant = map->command != NULL && (command == NULL || slice_eq(slice_of(command), slice_of(map->command)));
    if (!meant || !same_keys(map, like))
      continue;
    map_clear(map);
    VEC_REMOVE(&m->map, i - 1);
    n++;
  }
  return n;
}

bool keymap_map(struct keymap *m, struct slice line, struct err *err) {
  struct map map = {.command = NULL};
  size_t keys_at = 0;
  struct slice keys = word_of(line, &keys_at);
  size_t at = keys_at + keys.n;
  struct slice command = word_of(line, &at);
  size_t end = at + command.n;
  if (keys.n == 0 || command.n == 0)
    return err_set_at(err, line.n, 0, "map KEYS COMMAND: which %s?", keys.n == 0 ? "keys" : "command");
  if (word_of(line, &end).n > 0)
    return err_set_at(err, end, line.n - end, "one command is enough");
  if (!check_keys(keys, keys_at, &map, err) || !check_command(command, at, err))
    return false;
  map.command = mem_dup_n(command.p, command.n);
  if (!check_chord(m, &map, keys_at, err)) {
    map_clear(&map);
    return false;
  }
  map.keys = mem_dup_n(keys.p, keys.n);
  remove_maps(m, &map, map.command);
  VEC_PUSH(&m->map, map);
  forget_meanings(m);
  return true;
}

static bool in_tables(const struct map *like) {
  const struct binding *b;
  for (size_t i = 0; binding_views[i] != NULL; i++)
    for (size_t next = 0; (b = bindings_next(binding_views[i], &next)) != NULL;) {
      struct slice rest = slice_of(b->keys), name;
      struct map one;
      while (slice_split(&rest, ' ', &name))
        if (parse_press(name, &one.first, &one.second) && same_keys(&one, like))
          return true;
    }
  return false;
}

bool keymap_unmap(struct keymap *m, struct slice line, struct err *err) {
  struct map map = {.command = NULL};
  size_t at = 0;
  struct slice keys = word_of(line, &at);
  size_t end = at + keys.n;
  if (keys.n == 0)
    return err_set_at(err, line.n, 0, "unmap KEYS: which keys?");
  if (word_of(line, &end).n > 0)
    return err_set_at(err, end, line.n - end, "unmap takes one key or chord");
  if (!check_keys(keys, at, &map, err))
    return false;
  if (remove_maps(m, &map, NULL) == 0) {
    if (is_taken_away(m, &map.first, &map.second))
      return err_set_at(err, at, keys.n, "%.*s does nothing already", (int)keys.n, keys.p);
    if (!in_tables(&map))
      return err_set_at(err, at, keys.n, "%.*s does nothing, so there is nothing to take away", (int)keys.n, keys.p);
    map.keys = mem_dup_n(keys.p, keys.n);
    VEC_PUSH(&m->map, map);
  }
  forget_meanings(m);
  return true;
}

bool keymap_nth(const struct keymap *m, size_t n, const char **keys, const char **command) {
  if (n >= m->map.n)
    return false;
  *keys = m->map.v[n].keys;
  *command = m->map.v[n].command;
  return true;
}
