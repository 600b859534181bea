#include "ui/vterm_pane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "theme.h"
#include "weir/base/mem.h"

#define SEQUENCE_MAX 96 /* of private modes; a longer one goes on as it is */

struct vterm_pane {
  VTerm *vt;
  VTermScreen *screen;
  vterm_pane_fn *send;
  void *arg;
  bool cursor, focused;
  int mouse; /* VTERM_PROP_MOUSE_* */
  char sequence[SEQUENCE_MAX];
  size_t n; /* bytes of it; 0: none under way */
};

/* ---- what libvterm tells ---- */

static void on_answer(const char *bytes, size_t n, void *user) {
  const struct vterm_pane *p = user;
  p->send(p->arg, slice_make(bytes, n));
}

static int on_property(VTermProp prop, VTermValue *value, void *user) {
  struct vterm_pane *p = user;
  if (prop == VTERM_PROP_CURSORVISIBLE)
    p->cursor = value->boolean;
  else if (prop == VTERM_PROP_MOUSE)
    p->mouse = value->number;
  return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

static int at_least(int n, int least) {
  return n < least ? least : n;
}

struct vterm_pane *vterm_pane_new(int width, int height, vterm_pane_fn *send, void *arg) {
  struct vterm_pane *p = mem_zero(1, sizeof *p);
  *p = (struct vterm_pane){.send = send, .arg = arg, .cursor = true};
  p->vt = vterm_new(at_least(height, VTERM_PANE_LEAST_H), at_least(width, VTERM_PANE_LEAST_W));
  if (p->vt == NULL)
    abort(); /* as base/mem.h */
  vterm_set_utf8(p->vt, 1);
  vterm_output_set_callback(p->vt, on_answer, p);
  p->screen = vterm_obtain_screen(p->vt);
  vterm_screen_set_callbacks(p->screen, &callbacks, p);
  vterm_screen_enable_altscreen(p->screen, 1);
  vterm_screen_set_damage_merge(p->screen, VTERM_DAMAGE_SCREEN);
  vterm_screen_reset(p->screen, 1);
  return p;
}

void vterm_pane_free(struct vterm_pane *p) {
  if (p == NULL)
    return;
  vterm_free(p->vt);
  free(p);
}

void vterm_pane_size(const struct vterm_pane *p, int *width, int *height) {
  vterm_get_size(p->vt, height, width);
}

bool vterm_pane_resize(struct vterm_pane *p, int width, int height) {
  int w, h;
  width = at_least(width, VTERM_PANE_LEAST_W);
  height = at_least(height, VTERM_PANE_LEAST_H);
  vterm_pane_size(p, &w, &h);
  if (w == width && h == height)
    return false;
  vterm_set_size(p->vt, height, width);
  return true;
}

/* ---- bytes in ---- */

/* "CSI ? a ; b h" as "CSI ? a h" and "CSI ? b h". */
static void give_modes(struct vterm_pane *p, char final) {
  struct slice rest = slice_make(p->sequence + 3, p->n - 3), mode;
  while (slice_split(&rest, ';', &mode)) {
    char one[SEQUENCE_MAX + 4];
    int n = snprintf(one, sizeof one, "\033[?%.*s%c", (int)mode.n, mode.p, final);
    vterm_input_write(p->vt, one, (size_t)n);
  }
  p->n = 0;
}

static void give_begun(struct vterm_pane *p) {
  vterm_input_write(p->vt, p->sequence, p->n);
  p->n = 0;
}

/* Is c one more byte of "ESC [ ? digits and semicolons"? */
static bool goes_on(const struct vterm_pane *p, char c) {
  static const char start[] = "\033[?";
  if (p->n < 3)
    return c == start[p->n];
  return p->n < SEQUENCE_MAX && ((c >= '0' && c <= '9') || c == ';');
}

void vterm_pane_feed(struct vterm_pane *p, struct slice bytes) {
  const char *at = bytes.p, *end = bytes.p + bytes.n;
  while (at < end) {
    if (p->n == 0) {
      const char *escape = memchr(at, '\033', (size_t)(end - at));
      size_t run = (size_t)((escape != NULL ? escape : end) - at);
      if (run > 0)
        vterm_input_write(p->vt, at, run);
      at += run;
      if (at == end)
        return;
    }
    if (goes_on(p, *at))
      p->sequence[p->n++] = *at++;
    else if (p->n > 3 && (*at == 'h' || *at == 'l'))
      give_modes(p, *at++);
    else
      give_begun(p);
  }
}

/* ---- cells out ---- */

static bool colour_of(const struct vterm_pane *p, VTermColor colour, bool ground, uint8_t *index) {
  if (ground ? VTERM_COLOR_IS_DEFAULT_BG(&colour) : VTERM_COLOR_IS_DEFAULT_FG(&colour))
    return false;
  if (VTERM_COLOR_IS_INDEXED(&colour)) {
    *index = colour.indexed.idx;
    return true;
  }
  vterm_screen_convert_color_to_rgb(p->screen, &colour);
  *index = theme_nearest(colour.rgb.red, colour.rgb.green, colour.rgb.blue);
  return true;
}

static struct paint paint_of(const struct vterm_pane *p, const VTermScreenCell *cell) {
  struct paint paint = {.flags = PAINT_OWN};
  bool fg = colour_of(p, cell->fg, false, &paint.fg), bg = colour_of(p, cell->bg, true, &paint.bg);
  paint.flags |= (uint8_t)((fg ? PAINT_FG : 0) | (bg ? PAINT_BG : 0) | (cell->attrs.bold ? PAINT_BOLD : 0));
  paint.flags |= (uint8_t)((cell->attrs.underline ? PAINT_UNDERLINE : 0) | (cell->attrs.reverse ? PAINT_REVERSE : 0));
  return paint;
}

static size_t put_utf8(uint32_t c, char *out) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
  out[0] = (char)(lead[more] | c >> 6 * more);
  for (size_t i = 1; i <= more; i++)
    out[i] = (char)(0x80 | (c >> 6 * (more - i) & 0x3f));
  return more + 1;
}

/* The characters of a cell; none: a blank. */
static struct slice text_of(const VTermScreenCell *cell, char bytes[4 * VTERM_MAX_CHARS_PER_CELL]) {
  size_t n = 0;
  for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] != 0 && cell->chars[i] <= 0x10ffff; i++)
    n += put_utf8(cell->chars[i], bytes + n);
  return slice_make(bytes, n);
}

static void draw_row(const struct vterm_pane *p, struct canvas *c, struct rect r, int row, int width) {
  char bytes[4 * VTERM_MAX_CHARS_PER_CELL];
  for (int column = 0; column < width;) {
    VTermScreenCell cell;
    if (!vterm_screen_get_cell(p->screen, (VTermPos){row, column}, &cell))
      return;
    struct paint paint = paint_of(p, &cell);
    int columns = cell.width == 2 && column + 1 < width ? 2 : 1;
    struct slice text = cell.width == columns ? text_of(&cell, bytes) : SLICE(" ");
    canvas_paint(c, r, r.x + column, r.y + row, &paint, text, columns);
    column += columns;
  }
}

void vterm_pane_draw(const struct vterm_pane *p, struct canvas *c, struct rect r, bool focus) {
  VTermPos at;
  int width, height;
  vterm_pane_size(p, &width, &height);
  width = width < r.w ? width : r.w;
  height = height < r.h ? height : r.h;
  for (int row = 0; row < height; row++)
    draw_row(p, c, r, row, width);
  vterm_state_get_cursorpos(vterm_obtain_state(p->vt), &at);
  bool inside = at.row >= 0 && at.row < height && at.col >= 0 && at.col < width; /* libvterm may lose it in a resize */
  if (focus && p->cursor && inside)
    canvas_cursor(c, r.x + at.col, r.y + at.row);
}

/* ---- keys ---- */

static VTermModifier modifiers(unsigned mods) {
  return (VTermModifier)((mods & KEY_MOD_SHIFT ? VTERM_MOD_SHIFT : 0) | (mods & KEY_MOD_ALT ? VTERM_MOD_ALT : 0) |
                         (mods & KEY_MOD_CTRL ? VTERM_MOD_CTRL : 0));
}

/* Alt is Escape in front, Ctrl a control character: what every program of a terminal understands. */
static void send_character(const struct vterm_pane *p, uint32_t c, unsigned mods) {
  char bytes[8];
  size_t n = 0;
  if (mods & KEY_MOD_ALT)
    bytes[n++] = '\033';
  if (mods & KEY_MOD_CTRL && c < 0x80)
    c = c == '?' ? 0x7f : c & 0x1f;
  n += put_utf8(c, bytes + n);
  p->send(p->arg, slice_make(bytes, n));
}

static bool send_named(struct vterm_pane *p, const struct key *key) {
  static const struct {
    uint32_t code;
    VTermKey key;
  } names[] = {{KEY_UP_, VTERM_KEY_UP},         {KEY_DOWN_, VTERM_KEY_DOWN},         {KEY_LEFT_, VTERM_KEY_LEFT},
               {KEY_RIGHT_, VTERM_KEY_RIGHT},   {KEY_HOME_, VTERM_KEY_HOME},         {KEY_END_, VTERM_KEY_END},
               {KEY_PAGE_UP, VTERM_KEY_PAGEUP}, {KEY_PAGE_DOWN, VTERM_KEY_PAGEDOWN}, {KEY_INSERT, VTERM_KEY_INS},
               {KEY_DELETE, VTERM_KEY_DEL}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].code == key->code) {
      vterm_keyboard_key(p->vt, names[i].key, modifiers(key->mods));
      return true;
    }
  if (key->code >= KEY_F0 && key->code <= KEY_F12_) {
    vterm_keyboard_key(p->vt, (VTermKey)VTERM_KEY_FUNCTION((int)(key->code - KEY_F0)), modifiers(key->mods));
    return true;
  }
  return false;
}

/* A terminal sends Enter for the ends of lines. */
static void send_paste(struct vterm_pane *p, struct slice text) {
  struct buf bytes = BUF_INIT;
  for (size_t i = 0; i < text.n; i++) {
    bool both = text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n';
    if (!both)
      buf_add_byte(&bytes, text.p[i] == '\n' ? '\r' : text.p[i]);
  }
  vterm_keyboard_start_paste(p->vt);
  p->send(p->arg, buf_slice(&bytes));
  vterm_keyboard_end_paste(p->vt);
  buf_clear(&bytes);
}

static bool send_mouse(struct vterm_pane *p, const struct key *key) {
  if (p->mouse == VTERM_PROP_MOUSE_NONE)
    return false;
  VTermModifier mods = modifiers(key->mods);
  vterm_mouse_move(p->vt, key->y, key->x, mods);
  if (key->action == KEY_PRESS)
    vterm_mouse_button(p->vt, key->button, true, mods);
  else if (key->action == KEY_RELEASE)
    for (int button = 1; button <= 3; button++) /* which one, the older encodings do not say */
      if (key->button == button || key->button == 0)
        vterm_mouse_button(p->vt, button, false, mods);
  return true;
}

bool vterm_pane_key(struct vterm_pane *p, const struct key *key) {
  static const struct {
    uint32_t code;
    uint8_t byte;
  } bytes[] = {{KEY_ENTER_, '\r'}, {KEY_TAB_, '\t'}, {KEY_BACKSPACE_, 0x7f}, {KEY_ESC_, 0x1b}};
  if (key->code == KEY_MOUSE_)
    return send_mouse(p, key);
  if (key->code == KEY_PASTE) {
    send_paste(p, key->text);
    return true;
  }
  for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
    if (bytes[i].code == key->code) {
      send_character(p, key->byte != 0 ? key->byte : bytes[i].byte, key->mods & KEY_MOD_ALT);
      return true;
    }
  if (key->code == KEY_BACKTAB) {
    p->send(p->arg, SLICE("\033[Z"));
    return true;
  }
  if (key->code < KEY_BASE) {
    send_character(p, key->code, key->mods);
    return true;
  }
  return send_named(p, key);
}

void vterm_pane_focus(struct vterm_pane *p, bool in) {
  VTermState *state = vterm_obtain_state(p->vt);
  if (in == p->focused)
    return;
  p->focused = in;
  if (in)
    vterm_state_focus_in(state);
  else
    vterm_state_focus_out(state);
}
