#include "screen_effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canvas_dump.h"
#include "ui/ui_state.h"

char *screen_looks(struct screen *s) {
  struct buf out = BUF_INIT;
  canvas_dump(terminal_fake_screen(s->t), &out);
  canvas_dump_roles(terminal_fake_screen(s->t), &out);
  return buf_take(&out);
}

/* A command may have ended before anybody looked, or take its time. */
static bool comes(struct screen *s, const char *text) {
  for (uint64_t end = clock_mono() + 10 * CLOCK_S; !screen_has(s, text);) {
    if (clock_mono() > end)
      return false;
    loop_turn(s->w.loop, 10 * CLOCK_MS);
    screen_turn(s);
  }
  return true;
}

static struct slice row_of(const char *looks, uint64_t y) {
  struct slice rest = slice_of(looks), row = SLICE("");
  for (uint64_t i = 0; i <= y; i++)
    if (!slice_split(&rest, '\n', &row))
      return SLICE("");
  return row;
}

/* "7 line 32": the text has come into that row, the topmost being 0. */
static bool in_row(struct slice effect, const char *before, const char *after) {
  struct slice number;
  uint64_t y = 0;
  slice_split(&effect, ' ', &number);
  return slice_to_u64(number, &y) && slice_find(row_of(before, y), effect) < 0 &&
         slice_find(row_of(after, y), effect) >= 0;
}

/* The bar of what is selected lies on this text. */
static bool has_bar(struct screen *s, const char *text) {
  const struct canvas *c = terminal_fake_screen(s->t);
  struct buf bar = BUF_INIT;
  bool found = false;
  for (int y = 0; y < c->height && !found; y++) {
    buf_reset(&bar);
    for (int x = 0; x < c->width; x++)
      if (c->cell[y * c->width + x].role == ROLE_SELECTED)
        buf_add_text(&bar, c->cell[y * c->width + x].bytes);
    found = slice_find(buf_slice(&bar), slice_of(text)) >= 0;
  }
  buf_clear(&bar);
  return found;
}

bool screen_happened(struct screen *s, const char *effect, const char *before, const char *after) {
  uint64_t id;
  if (strcmp(effect, "stop") == 0)
    return s->stopped;
  if (strncmp(effect, "row ", 4) == 0)
    return in_row(slice_of(effect + 4), before, after);
  if (strncmp(effect, "bar ", 4) == 0)
    return strcmp(before, after) != 0 && has_bar(s, effect + 4);
  if (effect[0] == '@')
    return strcmp(s->ui->top->ops->name, effect + 1) == 0;
  if (effect[0] == '#' && slice_to_u64(slice_of(effect + 1), &id))
    return s->ui->cursor == id;
  if (strncmp(effect, "sent ", 5) == 0 && effect[5] == '\033')
    return slice_find(terminal_fake_sent(s->t), slice_of(effect + 5)) >= 0;
  if (strncmp(effect, "later ", 6) == 0)
    return strstr(before, effect + 6) == NULL && comes(s, effect + 6);
  if (effect[0] == '-')
    return strstr(before, effect + 1) != NULL && strstr(after, effect + 1) == NULL;
  return strstr(before, effect) == NULL && strstr(after, effect) != NULL;
}

const char *screen_message(struct screen *s, char *line, size_t size) {
  char *all = screen_text(s);
  struct slice rest = slice_of(all), row = SLICE("");
  for (int y = terminal_fake_screen(s->t)->height - 2; y >= 0; y--)
    slice_split(&rest, '\n', &row);
  snprintf(line, size, "%.*s", (int)row.n, row.p);
  free(all);
  return line;
}

void screen_press_named(struct screen *s, const char *keys) {
  struct slice rest = slice_of(keys), name;
  struct key key;
  char text[24];
  slice_split(&rest, ' ', &name);
  if (key_parse(name, &key))
    snprintf(text, sizeof text, "%.*s", (int)name.n, name.p);
  else
    snprintf(text, sizeof text, "%c %c", name.p[0], name.p[1]);
  screen_keys(s, text);
}
