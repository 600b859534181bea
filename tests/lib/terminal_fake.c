#include "terminal_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/text.h"

struct fake {
  struct terminal t;
  struct canvas screen;
  struct buf sent;
  bool stalled, lent;
};

static struct fake *self(struct terminal *t) {
  return (struct fake *)t;
}

static bool fake_show(struct terminal *t, const struct canvas *c) {
  struct fake *f = self(t);
  if (f->stalled || f->lent)
    return false;
  canvas_erase(&f->screen);
  int width = c->width < f->screen.width ? c->width : f->screen.width;
  int height = c->height < f->screen.height ? c->height : f->screen.height;
  for (int y = 0; y < height; y++)
    memcpy(f->screen.cell + (size_t)y * (size_t)f->screen.width, c->cell + (size_t)y * (size_t)c->width,
           (size_t)width * sizeof *c->cell);
  canvas_cursor(&f->screen, c->cursor_x, c->cursor_y);
  return true;
}

static void fake_size(struct terminal *t, int *width, int *height) {
  *width = self(t)->screen.width;
  *height = self(t)->screen.height;
}

static void tell_size(struct fake *f) {
  if (f->t.user.resized)
    f->t.user.resized(f->t.user.arg, f->screen.width, f->screen.height);
}

static void fake_suspend(struct terminal *t) {
  tell_size(self(t)); /* stopped and continued at once */
}

static void fake_lend(struct terminal *t, bool lent) {
  struct fake *f = self(t);
  bool back = f->lent && !lent;
  f->lent = lent;
  if (back)
    tell_size(f);
}

static void fake_redraw(struct terminal *t) {
  (void)t; /* every frame is drawn whole */
}

static void fake_send(struct terminal *t, const char *bytes, size_t n) {
  buf_add(&self(t)->sent, bytes, n);
}

static void fake_title(struct terminal *t, const char *text) {
  (void)t;
  (void)text;
}

static void fake_bell(struct terminal *t) {
  fake_send(t, "\a", 1);
}

/* The real one's way of saying it, so that a test can look for it. */
static void fake_mouse(struct terminal *t, bool on) {
  fake_send(t, on ? "\033[?1000h" : "\033[?1000l", 8);
}

static void fake_free(struct terminal *t) {
  struct fake *f = self(t);
  canvas_clear(&f->screen);
  buf_clear(&f->sent);
  free(f);
}

static const struct terminal_ops fake_ops = {
    .show = fake_show,
    .size = fake_size,
    .suspend = fake_suspend,
    .lend = fake_lend,
    .redraw = fake_redraw,
    .send = fake_send,
    .title = fake_title,
    .bell = fake_bell,
    .mouse = fake_mouse,
    .free = fake_free,
};

struct terminal *terminal_fake(struct loop *loop, int width, int height) {
  (void)loop; /* nothing here waits */
  struct fake *f = mem_zero(1, sizeof *f);
  f->t.ops = &fake_ops;
  f->t.colours = 256;
  canvas_init(&f->screen, width, height);
  return &f->t;
}

static void give(struct fake *f, const struct key *key) {
  if (f->t.user.key && !f->lent)
    f->t.user.key(f->t.user.arg, key);
}

/* A test that asks for a key that does not exist must not pass by chance. */
_Noreturn static void unknown(const char *name) {
  fprintf(stderr, "terminal_fake_key: no key \"%s\"\n", name);
  abort();
}

static void give_text(struct fake *f, const char *text) {
  struct slice s = slice_of(text);
  while (s.n > 0) {
    struct key key = {0};
    size_t n = text_decode(s, &key.code);
    if (n == 0)
      unknown(text);
    give(f, &key);
    s = slice_from(s, n);
  }
}

static void give_mouse(struct fake *f, const char *text, bool drag) {
  struct key key = {.code = KEY_MOUSE_};
  struct slice rest = slice_of(text), part;
  int *const to[] = {&key.button, &key.x, &key.y};
  for (int i = 0; i < 3; i++) {
    uint64_t n;
    if (!slice_split(&rest, ',', &part) || !slice_to_u64(part, &n) || n > 9999)
      unknown(text);
    *to[i] = (int)n;
  }
  key.action = drag ? KEY_DRAG : KEY_PRESS;
  give(f, &key);
  key.action = KEY_RELEASE;
  if (key.button <= 3) /* a wheel is never let go */
    give(f, &key);
}

void terminal_fake_key(struct terminal *t, const char *name) {
  struct fake *f = self(t);
  struct key key;
  if (name[0] == '=' && name[1] != '\0')
    give_text(f, name + 1);
  else if (strncmp(name, "paste:", 6) == 0)
    give(f, &(struct key){.code = KEY_PASTE, .text = slice_of(name + 6)});
  else if (strncmp(name, "mouse:", 6) == 0)
    give_mouse(f, name + 6, false);
  else if (strncmp(name, "drag:", 5) == 0)
    give_mouse(f, name + 5, true);
  else if (key_parse(slice_of(name), &key))
    give(f, &key);
  else
    unknown(name);
}

void terminal_fake_resize(struct terminal *t, int width, int height) {
  struct fake *f = self(t);
  canvas_resize(&f->screen, width, height);
  tell_size(f);
}

const struct canvas *terminal_fake_screen(const struct terminal *t) {
  return &((const struct fake *)t)->screen;
}

struct slice terminal_fake_sent(const struct terminal *t) {
  return buf_slice(&((const struct fake *)t)->sent);
}

void terminal_fake_stall(struct terminal *t, bool stalled) {
  struct fake *f = self(t);
  bool freed = f->stalled && !stalled;
  f->stalled = stalled;
  if (freed && t->user.ready)
    t->user.ready(t->user.arg);
}
