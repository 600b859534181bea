/*
 * Which key means what: the binding tables with what the person has changed (`:map`, the configuration file). A map says
 * KEYS and COMMAND and holds in every view that has the command; there it goes before the tables. Dispatch, hints, help,
 * menus and the palette ask here, so that what is shown is what is pressed.
 *
 * Within a view a key has one meaning: the person's maps first, the last one made before the others, then the view's own
 * table, its shared one, the global one. A single key hides chords that begin with it. Where letters are text, only keys
 * that are no text are maps. Digits begin counts and Esc always leads out: neither can be mapped.
 */
#ifndef WEIR_SRC_UI_KEYMAP_H
#define WEIR_SRC_UI_KEYMAP_H

#include "weir/base/err.h"
#include "weir/ui/view.h"

struct keymap;

struct keymap *keymap_new(void);
void keymap_free(struct keymap *m);

enum key_match { KEY_MATCH_NONE, KEY_MATCH_FULL, KEY_MATCH_PREFIX };

/* What `key` means in such a view after `prefix` (code 0: none). *out is set for KEY_MATCH_FULL. */
enum key_match keymap_find(struct keymap *m, const struct view_ops *ops, const struct key *prefix,
                           const struct key *key, const struct binding **out);
/* The names of the keys that a binding has in such a view now, blanks between, the person's own first; "": none. Valid
 * until the next map. */
const char *keymap_keys(struct keymap *m, const struct view_ops *ops, const struct binding *b);
/* The n-th second key that may follow the prefix key `first`, in the order of the tables; false: there are no more. */
bool keymap_chord(struct keymap *m, const struct view_ops *ops, const struct key *first, size_t n, struct key *second,
                  const struct binding **out);
/* The binding with this name in such a view; NULL: none. */
const struct binding *keymap_command(const struct view_ops *ops, struct slice name);

/* On error nothing changes; err->at and err->span tell where in `line` ("KEYS COMMAND", "KEYS") the fault is. */
bool keymap_map(struct keymap *m, struct slice line, struct err *err);
/* Takes the person's maps of these keys away; where there is none, takes the keys from the tables: they do nothing. */
bool keymap_unmap(struct keymap *m, struct slice line, struct err *err);
/* Has the person taken this key away, and mapped nothing to it in such a view? Then it does nothing there at all. */
bool keymap_is_dead(struct keymap *m, const struct view_ops *ops, const struct key *key);
/* The person's maps, in the order they were made; false: there are no more. command NULL: the keys were taken away. */
bool keymap_nth(const struct keymap *m, size_t n, const char **keys, const char **command);

#endif
