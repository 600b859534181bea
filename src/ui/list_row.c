#include "ui/list_row.h"

#include <stdio.h>
#include <string.h>

#include "ui/flow_change.h"
#include "ui/host_suffix.h"
#include "weir/base/clock.h"
#include "weir/base/units.h"
#include "weir/body/kind.h"
#include "weir/http/url.h"

#define ASIDE_MIN 12 /* columns: less of a note tells nothing */

/* ---- looks ---- */

enum role status_role(const struct flow *f) {
  int status = flow_status(f);
  if (f->paused != FLOW_RUNNING)
    return ROLE_PAUSED;
  if (f->state == FLOW_FAILED || status >= 500)
    return ROLE_ERROR;
  if (status >= 400)
    return ROLE_CLIENT_ERROR;
  if (status >= 300)
    return ROLE_REDIRECT;
  return status >= 200 ? ROLE_OK : ROLE_DIM;
}

const char *status_mark(const struct canvas *c, const struct flow *f) {
  int status = flow_status(f);
  if (f->paused != FLOW_RUNNING)
    return canvas_glyph(c, GLYPH_PAUSED);
  if (f->state == FLOW_FAILED || status >= 500)
    return canvas_glyph(c, GLYPH_FAIL);
  if (status >= 400)
    return canvas_glyph(c, GLYPH_WARN);
  if (status >= 300)
    return canvas_glyph(c, GLYPH_ARROW);
  if (f->replay || f->parent != 0)
    return canvas_glyph(c, GLYPH_REPLAY);
  return row_is_tunnel(f) || status == 101 ? canvas_glyph(c, GLYPH_UPGRADE) : "";
}

static void status_text(const struct canvas *c, const struct flow *f, char *out, size_t size) {
  int status = flow_status(f);
  if (f->paused != FLOW_RUNNING)
    snprintf(out, size, "%s", f->paused == FLOW_PAUSED_REQUEST ? "req" : "resp");
  else if (f->state == FLOW_FAILED)
    snprintf(out, size, "%s", flow_error_word(f->error));
  else if (status > 0)
    snprintf(out, size, "%d", status);
  else
    snprintf(out, size, "%s", row_is_tunnel(f) ? "tunnel" : canvas_glyph(c, GLYPH_DOTS));
}

/* ---- columns ---- */

/* The cells of one column on one line. */
static struct rect cell_rect(const struct columns *cols, enum column column, struct rect r, int y) {
  struct rect cell = {r.x + cols->at[column].x, y, cols->at[column].w, 1};
  if (cell.x + cell.w > r.x + r.w)
    cell.w = r.x + r.w > cell.x ? r.x + r.w - cell.x : 0;
  return cell;
}

static void put_left(const struct columns *cols, enum column column, struct canvas *c, struct rect r, int y,
                     enum role role, struct slice text) {
  struct rect cell = cell_rect(cols, column, r, y);
  if (cell.w > 0)
    canvas_text(c, cell, cell.x, y, role, text);
}

static void put_right(const struct columns *cols, enum column column, struct canvas *c, struct rect r, int y,
                      enum role role, struct slice text) {
  struct rect cell = cell_rect(cols, column, r, y);
  int w = (int)text_width(text, TEXT_PLAIN);
  if (cell.w > 0)
    canvas_text(c, cell, w < cell.w ? cell.x + cell.w - w : cell.x, y, role, text);
}

/* As put_left(), and what does not fit is seen to be cut. Returns the x after it. */
static int put_cut(struct canvas *c, struct rect room, enum role role, struct slice text) {
  if ((int)text_width(text, TEXT_PLAIN) <= room.w || room.w < 4)
    return canvas_text(c, room, room.x, room.y, role, text);
  struct rect shorter = {room.x, room.y, room.w - 1, 1};
  int x = canvas_text(c, shorter, room.x, room.y, role, text);
  return canvas_text(c, room, x, room.y, role, slice_of(canvas_glyph(c, GLYPH_ELLIPSIS)));
}

/* One eighth of a cell for each doubling of a millisecond: 16 eighths are a minute and more. */
static void put_bar(const struct columns *cols, struct canvas *c, struct rect r, int y, enum role role, uint64_t ns) {
  static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
  static const char *const plain[] = {"", ".", ".", "-", "-", "=", "=", "#", "#"};
  const char *const *set = c->ascii ? plain : eighth;
  unsigned n = 0;
  for (uint64_t ms = ns / CLOCK_MS; ms > 0 && n < 16; ms /= 2)
    n++;
  if (n == 0)
    n = 1;
  char text[16];
  snprintf(text, sizeof text, "%s%s", set[n > 8 ? 8 : n], set[n > 8 ? n - 8 : 0]);
  put_left(cols, COLUMN_BAR, c, r, y, role, slice_of(text));
}

/* The host, with the port where it is not the scheme's own. A tunnel is taken for HTTPS. */
void row_host(const struct flow *f, struct buf *out) {
  char scheme[16] = "https";
  struct slice s = flow_scheme(f);
  if (!slice_eq(flow_method(f), SLICE("CONNECT")))
    snprintf(scheme, sizeof scheme, "%.*s", (int)(s.n < 15 ? s.n : 15), s.p != NULL ? s.p : "");
  url_put_authority(out, flow_host(f), f->port, scheme);
}

/* In a column of its own the host is whole; before a path it is as short as can be without a doubt. */
static void put_host(const struct columns *cols, const struct flow *f, struct buf *out) {
  if (cols->at[COLUMN_HOST].w > 0) {
    row_host(f, out);
    return;
  }
  if (cols->at[COLUMN_NUMBER].w == 0 && flow_path(f).n > 0) {
    buf_add_slice(out, host_first_label(flow_host(f)));
    return;
  }
  size_t begin = out->n;
  row_host(f, out);
  struct slice host = flow_host(f), shorter = host_suffix_cut(host, cols->suffix);
  if (shorter.n < host.n && slice_starts(slice_from(buf_slice(out), begin), host))
    buf_remove(out, begin + shorter.n, host.n - shorter.n);
}

static enum role words_role(const struct flow *f, enum role role) {
  if (f->state == FLOW_FAILED)
    return ROLE_ERROR;
  return flow_unverified(f) ? ROLE_CLIENT_ERROR : role;
}

/* What a client would have liked better is worth a word, but no room that anything else needs. */
static void put_h2(struct canvas *c, const struct flow *f, struct rect room) {
  static const char word[] = "asked for h2";
  int n = (int)sizeof word - 1;
  if (flow_wants_h2(f) && room.w >= n + 2)
    canvas_text(c, room, room.x + room.w - n, room.y, ROLE_DIM, slice_of(word));
}

/* A tunnel that failed before anything went through it has none. */
static bool has_size(const struct flow *f) {
  return f->kind == FLOW_TUNNEL && !f->quiet && (f->state != FLOW_FAILED || f->up > 0 || f->down > 0);
}

/* weir itself, a program of this machine, or the address of another one. */
static void put_process(const struct columns *cols, struct canvas *c, struct rect r, int y, const struct flow *f) {
  char text[ADDRESS_TEXT];
  if (cols->at[COLUMN_PROCESS].w == 0)
    return;
  const char *name = f->replay ? "weir" : f->process != NULL ? f->process->name : "";
  if (*name == '\0' && f->client.family != 0 && !address_is_loopback(&f->client))
    name = address_host(&f->client, text, sizeof text);
  put_cut(c, cell_rect(cols, COLUMN_PROCESS, r, y), ROLE_DIM, slice_of(name));
}

/* "replay of #6" becomes "of #6: ~ status 401->200": the mark says replay, and room is scarce. */
static void put_change(const char *change, struct buf *words) {
  static const char origin[] = "replay ";
  ptrdiff_t at = slice_find(buf_slice(words), SLICE("replay of #"));
  if (at < 0) {
    buf_printf(words, "%s%s", words->n > 0 ? "  " : "", change);
    return;
  }
  buf_remove(words, (size_t)at, sizeof origin - 1);
  size_t end = (size_t)at + 4;
  while (end < words->n && words->p[end] != ' ')
    end++;
  buf_insert(words, end, change, strlen(change));
  buf_insert(words, end, ": ", 2);
}

/* A person's note: the mark always, the words as far as there is room for them. */
static void put_note(struct canvas *c, const char *note, int x, struct rect room) {
  struct buf words = BUF_INIT;
  buf_printf(&words, "; %s", note);
  int want = (int)text_width(buf_slice(&words), TEXT_PLAIN), left = room.x + room.w - x - 2;
  bool all = left >= (want < ASIDE_MIN ? want : ASIDE_MIN);
  struct rect rest = {x + 2, room.y, left, 1};
  if (all)
    put_cut(c, rest, ROLE_MARK, buf_slice(&words));
  else
    canvas_text(c, room, room.x + room.w - 1, room.y, ROLE_MARK, slice_sub(buf_slice(&words), 0, 1));
  buf_clear(&words);
}

static void put_place(const struct columns *cols, struct canvas *c, struct rect r, int y, const struct flow *f,
                      uint64_t now, enum role role) {
  struct buf host = BUF_INIT, words = BUF_INIT;
  put_host(cols, f, &host);
  struct slice path = flow_path(f);
  struct rect cell = cell_rect(cols, COLUMN_PATH, r, y);
  /* Without a type, and without a size: their room is for the words. */
  enum column next = has_size(f) ? COLUMN_SIZE : COLUMN_TOOK;
  if ((f->kind == FLOW_TUNNEL || f->response.head.raw == NULL) && cols->at[next].w > 0)
    cell.w = cols->at[next].x - 1 - cols->at[COLUMN_PATH].x;
  struct rect whole = cell;
  if (f->note != NULL) /* its mark has a place of its own */
    cell.w = cell.w > 2 ? cell.w - 2 : 0;
  int x = cell.x;
  if (cols->at[COLUMN_HOST].w > 0)
    put_cut(c, cell_rect(cols, COLUMN_HOST, r, y), role, buf_slice(&host));
  else
    x = put_cut(c, cell, role, buf_slice(&host));
  row_words_beside_host(f, now, &words);
  const char *change = cols->changes != NULL ? flow_changes_words(cols->changes, cols->store, f) : NULL;
  if (change != NULL)
    put_change(change, &words);
  if (flow_invalid(&f->request)) /* what it began with, where that leaves the sentence whole */
    path = slice_sub(flow_invalid_line(&f->request), 0, 256);
  /* What went wrong, or goes on, is why the row is looked at: such words keep their place, the path is cut. What can be
   * seen elsewhere too has the room that the URL leaves. */
  bool asides = flow_finished(f) && f->state != FLOW_FAILED && f->kind != FLOW_TUNNEL && f->paused == FLOW_RUNNING &&
                !flow_unverified(f);
  int want = (int)text_width(buf_slice(&words), TEXT_PLAIN) + 2, left = cell.x + cell.w - x;
  struct rect room = {x, y, left, 1};
  if (words.n > 0 && !asides && left - want < (int)text_width(path, TEXT_PLAIN))
    room.w = left - want > left / 3 ? left - want : left / 3;
  if (flow_invalid(&f->request) && left - want < 8)
    path = (struct slice){NULL, 0};
  x = put_cut(c, room, role, path);
  if (words.n > 0 && !(asides && cell.x + cell.w - x - 2 < ASIDE_MIN)) {
    int at = x > cell.x ? x + 2 : x;
    struct rect rest = {at, y, cell.x + cell.w - at, 1};
    x = put_cut(c, rest, words_role(f, role), buf_slice(&words));
  }
  if (f->note != NULL)
    put_note(c, f->note, x, whole);
  else
    put_h2(c, f, (struct rect){x, y, cell.x + cell.w - x, 1});
  buf_clear(&host);
  buf_clear(&words);
}

static void put_size(const struct columns *cols, struct canvas *c, struct rect r, int y, const struct flow *f,
                     enum role role) {
  char size[16], type[8] = "";
  struct slice media = {NULL, 0};
  if (f->kind == FLOW_TUNNEL) {
    if (!has_size(f))
      return;
    units_size(f->up + f->down, size, sizeof size);
    put_right(cols, COLUMN_SIZE, c, r, y, role, slice_of(size));
    return;
  }
  if (f->response.head.raw == NULL)
    return;
  http_head_find(&f->response.head, "Content-Type", &media);
  body_type_short(media, type);
  put_left(cols, COLUMN_TYPE, c, r, y, role, slice_of(type));
  put_right(cols, COLUMN_SIZE, c, r, y, role, slice_of(units_size(f->response.body.seen, size, sizeof size)));
}

static void put_marks(const struct columns *cols, struct canvas *c, struct rect r, int y, const struct flow *f,
                      const struct row_look *look) {
  struct rect cell = cell_rect(cols, COLUMN_MARK, r, y);
  if (look->selected)
    canvas_text(c, cell, cell.x, y, ROLE_TEXT, SLICE(">"));
  else if (look->letter != '\0')
    canvas_text(c, cell, cell.x, y, look->role, slice_make(&look->letter, 1));
  if (look->chosen)
    canvas_text(c, cell, cell.x + 1, y, ROLE_MARK, slice_of(canvas_glyph(c, GLYPH_CHOSEN)));
  else if (f->paused != FLOW_RUNNING)
    canvas_text(c, cell, cell.x + 1, y, ROLE_PAUSED, slice_of(canvas_glyph(c, GLYPH_PAUSED)));
  else if (f->marked)
    canvas_text(c, cell, cell.x + 1, y, ROLE_MARK, slice_of(canvas_glyph(c, GLYPH_MARK)));
  else if (f->touched != NULL)
    canvas_text(c, cell, cell.x + 1, y, ROLE_CHANGED, slice_of(canvas_glyph(c, GLYPH_RULE)));
}

static void put_status(const struct columns *cols, struct canvas *c, struct rect r, int y, const struct flow *f) {
  struct rect cell = cell_rect(cols, COLUMN_STATUS, r, y);
  char text[16];
  int gap = cell.w > 5 ? 2 : 1;
  status_text(c, f, text, sizeof text);
  canvas_text(c, cell, cell.x, y, status_role(f), slice_of(status_mark(c, f)));
  canvas_text(c, cell, cell.x + gap, y, status_role(f), slice_of(text));
}

void row_draw(const struct columns *cols, struct canvas *c, struct rect r, int y, const struct flow *f, uint64_t now,
              struct row_look look) {
  bool paused = f->paused != FLOW_RUNNING;
  enum role role = paused ? ROLE_PAUSED : look.role;
  char text[32];
  struct rect line = {r.x, y, r.w, 1};
  snprintf(text, sizeof text, "%llu", (unsigned long long)f->id);
  put_right(cols, COLUMN_NUMBER, c, r, y, role, slice_of(text));
  put_left(cols, COLUMN_CLOCK, c, r, y, role != ROLE_TEXT ? role : ROLE_DIM,
           slice_of(clock_time_of_day(f->wall_us, text, sizeof text)));
  put_left(cols, COLUMN_METHOD, c, r, y, role, flow_method(f));
  put_process(cols, c, r, y, f);
  put_place(cols, c, r, y, f, now, role);
  put_size(cols, c, r, y, f, role);
  uint64_t took = flow_duration(f, now);
  char duration[16];
  snprintf(text, sizeof text, "%s%s", units_duration(took, duration, sizeof duration),
           flow_finished(f) ? "" : canvas_glyph(c, GLYPH_ELLIPSIS));
  put_right(cols, COLUMN_TOOK, c, r, y, role, slice_of(text));
  put_bar(cols, c, r, y, status_role(f), took);
  put_marks(cols, c, r, y, f, &look);
  if (!paused) /* its colour has no ground of its own: the bar goes over it */
    put_status(cols, c, r, y, f);
  if (look.selected)
    canvas_role(c, line, ROLE_SELECTED);
  else if (paused)
    canvas_role(c, line, ROLE_PAUSED);
  if (paused)
    put_status(cols, c, r, y, f);
  if (look.selected)
    canvas_cursor(c, r.x, y);
}
