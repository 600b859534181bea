#include "ui/columns.h"

#include <stdlib.h>
#include <string.h>

#include "ui/host_suffix.h"
#include "ui/redact.h"
#include "ui/ui_state.h"
#include "ui/undo.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

#define CHOICE_MAX  EXTRA_MAX
#define WIDTH_MAX   1000
#define FLEX_MIN    12             /* the least that a column without a width of its own gets */
#define VALUE_WIDTH 16             /* of a header or a JSON value */
#define VALUE_MAX   200            /* bytes of one that are kept */
#define CACHED      512            /* values */
#define FRAME       (3 * CLOCK_MS) /* for looking into bodies, in one frame */

struct column_choice {
  struct datum *datum[CHOICE_MAX]; /* NULL: `column` is one that is no datum */
  enum column column[CHOICE_MAX];  /* COLUMNS: none of the usual ones */
  size_t n;
};

static const struct {
  const char *name;
  enum column column;
  int width; /* 0: what is left */
} usual[] = {{"id", COLUMN_NUMBER, 6},
             {"time", COLUMN_CLOCK, 8},
             {"method", COLUMN_METHOD, 7},
             {"status", COLUMN_STATUS, 9},
             {"host", COLUMN_HOST, 20},
             {"path", COLUMN_PATH, 0},
             {"type", COLUMN_TYPE, 5},
             {"size", COLUMN_SIZE, 5},
             {"duration", COLUMN_TOOK, 7},
             {"bar", COLUMN_BAR, 2},
             {"waterfall", COLUMN_WATERFALL, 24},
             {"process", COLUMN_PROCESS, 14}};

#define USUAL      (sizeof usual / sizeof *usual)
#define USUAL_TEXT "id,time,method,status,host,path,type,size,duration,bar"

/* ---- the choice ---- */

static size_t usual_named(struct slice name) {
  for (size_t i = 0; i < USUAL; i++)
    if (slice_eq(name, slice_of(usual[i].name)))
      return i;
  return USUAL;
}

static const char *name_of(const struct column_choice *c, size_t i) {
  for (size_t k = 0; k < USUAL; k++)
    if (c->column[i] == usual[k].column)
      return usual[k].name;
  return datum_name(c->datum[i]);
}

static void take_at(struct column_choice *c, size_t i) {
  datum_free(c->datum[i]);
  c->n--;
  memmove(c->datum + i, c->datum + i + 1, (c->n - i) * sizeof *c->datum);
  memmove(c->column + i, c->column + i + 1, (c->n - i) * sizeof *c->column);
}

static bool take_name(struct column_choice *c, struct slice name, struct err *err) {
  for (size_t i = 0; i < c->n; i++)
    if (slice_eq(slice_of(name_of(c, i)), name)) {
      take_at(c, i);
      return true;
    }
  return err_set_at(err, 0, name.n, "there is no such column now");
}

static bool put_name(struct column_choice *c, struct slice name, struct err *err) {
  struct datum *d = NULL;
  size_t k = usual_named(name);
  for (size_t i = 0; i < c->n; i++)
    if (slice_eq(slice_of(name_of(c, i)), name))
      return true;
  if (c->n == CHOICE_MAX)
    return err_set_at(err, 0, name.n, "more than %d columns", CHOICE_MAX);
  if (k == USUAL && (d = datum_new(name, err)) == NULL)
    return false;
  if (d != NULL) /* "code" is "status" */
    k = usual_named(slice_of(datum_name(d)));
  c->column[c->n] = k < USUAL ? usual[k].column : COLUMNS;
  if (k < USUAL) {
    datum_free(d);
    d = NULL;
  }
  c->datum[c->n++] = d;
  return true;
}

static void column_choice_free(struct column_choice *c) {
  if (c == NULL)
    return;
  for (size_t i = 0; i < c->n; i++)
    datum_free(c->datum[i]);
  free(c);
}

static bool is_between(char c) {
  return c == ' ' || c == ',';
}

/* The words of the text, one after the other; + and - begin with what is there. */
static bool change_choice(struct column_choice *c, struct slice text, struct err *err) {
  for (size_t at = 0; at < text.n;) {
    size_t end = at;
    while (end < text.n && !is_between(text.p[end]))
      end++;
    struct slice word = slice_make(text.p + at, end - at);
    char sign = word.n > 0 ? word.p[0] : '\0';
    bool signs = sign == '+' || sign == '-';
    struct slice name = slice_from(word, signs);
    if (word.n > 0 && !(sign == '-' ? take_name(c, name, err) : put_name(c, name, err))) {
      if (err != NULL) {
        err->at += at + signs;
        err->span = err->span > 0 ? err->span : name.n;
      }
      return false;
    }
    at = end + 1;
  }
  return true;
}

static void choice_text(const struct column_choice *c, struct buf *out) {
  for (size_t i = 0; c != NULL && i < c->n; i++)
    buf_printf(out, "%s%s", i > 0 ? "," : "", name_of(c, i));
}

/* ---- undo ---- */

static bool swap_choice(struct ui *ui, void *data, struct undo_told *told) {
  struct column_choice **kept = data, *now = ui->columns;
  (void)told;
  ui->columns = *kept;
  *kept = now;
  ui_dirty(ui);
  return true;
}

static void free_choice(void *data) {
  column_choice_free(*(struct column_choice **)data);
  free(data);
}

static const struct undo_change_ops choice_ops = {swap_choice, free_choice, NULL, NULL};

static void choose(struct ui *ui, struct column_choice *c) {
  struct column_choice **kept = mem_alloc(sizeof(struct column_choice *));
  *kept = ui->columns;
  undo_begin(ui->undo, "choose columns");
  undo_add(ui->undo, &choice_ops, kept);
  undo_end(ui->undo);
  ui->columns = c;
  ui_dirty(ui);
}

/* ---- where they stand ---- */

static int width_of(const struct column_choice *c, size_t i, int width) {
  if (c->column[i] == COLUMNS) {
    const struct field *field = datum_field(c->datum[i]);
    return field != NULL ? (int)field->width : VALUE_WIDTH;
  }
  for (size_t k = 0; k < USUAL; k++)
    if (usual[k].column == c->column[i])
      return c->column[i] == COLUMN_WATERFALL ? width / 5 : usual[k].width;
  return 0;
}

/* What has no room goes, from the right; the path stays longest. */
static size_t drop_one(const struct column_choice *c, const bool *gone) {
  for (size_t i = c->n; i-- > 0;)
    if (!gone[i] && c->column[i] != COLUMN_PATH)
      return i;
  return 0;
}

/* Those that have no room in so many cells. Returns what there is for each that has no width of its own. */
static int find_room(const struct column_choice *c, int width, bool *gone) {
  for (size_t left = c->n;; left--) {
    int fixed = 2, flexible = 0;
    for (size_t i = 0; i < c->n; i++)
      if (!gone[i]) {
        fixed += width_of(c, i, width) + 1;
        flexible += width_of(c, i, width) == 0;
      }
    if (fixed - 1 + flexible * FLEX_MIN <= width || left <= 1)
      return flexible > 0 ? (width - fixed + 1) / flexible : 0;
    gone[drop_one(c, gone)] = true;
  }
}

static unsigned count_gone(const struct column_choice *c, int width, bool *gone) {
  unsigned n = 0;
  find_room(c, width, gone);
  for (size_t i = 0; i < c->n; i++)
    n += gone[i];
  return n;
}

/* "no room for size, bar (12 columns too narrow); ": what is chosen and cannot be seen is said first. */
static void put_left_out(const struct column_choice *c, int width, struct buf *out) {
  bool gone[CHOICE_MAX] = {false};
  int wide = width;
  if (c == NULL || count_gone(c, width, gone) == 0)
    return;
  for (size_t i = 0, n = 0; i < c->n; i++)
    if (gone[i])
      buf_printf(out, "%s%s", n++ > 0 ? ", " : "no room for ", name_of(c, i));
  for (bool at_width[CHOICE_MAX] = {false}; wide < WIDTH_MAX && count_gone(c, wide, at_width) > 0; wide++)
    memset(at_width, 0, sizeof at_width);
  buf_printf(out, " (%d columns too narrow); ", wide - width);
}

static void place(struct columns *cols, int width, const struct column_choice *c, const bool *gone, int flex) {
  int x = cols->at[COLUMN_MARK].w;
  for (size_t i = 0; i < c->n; i++) {
    int w = width_of(c, i, width);
    if (gone[i])
      continue;
    w = w > 0 ? w : flex;
    if (x + w > width)
      w = width > x ? width - x : 0;
    if (c->column[i] != COLUMNS) {
      cols->at[c->column[i]].x = x;
      cols->at[c->column[i]].w = w;
    } else if (cols->extras < EXTRA_MAX) {
      cols->extra[cols->extras].x = x;
      cols->extra[cols->extras].w = w;
      cols->extra[cols->extras++].datum = c->datum[i];
    }
    x += w + 1;
  }
}

static void place_chosen(struct columns *cols, int width, const struct column_choice *c) {
  bool gone[CHOICE_MAX] = {false};
  memset(cols, 0, sizeof *cols);
  cols->at[COLUMN_MARK].w = 2;
  cols->left_out = count_gone(c, width, gone);
  place(cols, width, c, gone, find_room(c, width, gone));
}

/* ---- :columns ---- */

bool command_columns(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  struct buf now = BUF_INIT;
  struct column_choice *c = NULL;
  (void)v;
  bool usual_ones = slice_eq(argument, SLICE("default"));
  if (!usual_ones && argument.n > 0) {
    c = mem_zero(1, sizeof *c);
    if (argument.p[0] == '+' || argument.p[0] == '-') {
      choice_text(ui->columns, &now);
      change_choice(c, now.n > 0 ? buf_slice(&now) : SLICE(USUAL_TEXT), NULL);
    }
    if (!change_choice(c, argument, err) ||
        (c->n == 0 && err_set(err, "a list without columns shows nothing") == false)) {
      column_choice_free(c);
      buf_clear(&now);
      return false;
    }
  }
  if (usual_ones || c != NULL)
    choose(ui, c);
  buf_reset(&now);
  choice_text(ui->columns, &now);
  struct buf words = BUF_INIT;
  put_left_out(ui->columns, ui->canvas.width, &words);
  ui_say(ui, "%scolumns %s", buf_text(&words), now.n > 0 ? buf_text(&now) : "as the terminal has room for");
  buf_clear(&words);
  buf_clear(&now);
  return true;
}

void complete_columns(struct ui *ui, struct slice before, struct completion *out) {
  size_t at = before.n;
  (void)ui;
  while (at > 0 && !is_between(before.p[at - 1]) && before.p[at - 1] != '+' && before.p[at - 1] != '-')
    at--;
  completion_begin(out, before, at);
  completion_add_fields(out);
  completion_add(out, SLICE("bar"), "a bar as long as the time it took", false);
  completion_add(out, SLICE("waterfall"), "when it ran, among the flows in sight", false);
  if (at == 0)
    completion_add(out, SLICE("default"), "those that the terminal has room for", false);
}

/* ---- for the list ---- */

static bool shows_clock(const struct ui *ui, int width) {
  return ui->clock == 0 ? width >= ROW_WIDE : ui->clock > 0;
}

/* Clients may come by more than one port, or in more than one way: then each row says which. */
static bool several_listeners(const struct ui *ui) {
  struct proxy_stats s = proxy_stats(ui_proxy(ui));
  for (size_t i = 1; i < s.listeners; i++)
    if (s.listening[i].address.port != s.listening[0].address.port)
      return true;
  return false;
}

#define BY_WIDTH 16

/* Beside the path, which gives the room for it. */
static void place_listener(struct columns *cols, int width, const struct ui *ui) {
  if (width < ROW_WIDE || !several_listeners(ui))
    return;
  cols->at[COLUMN_PATH].w -= BY_WIDTH + 1;
  cols->extra[0].x = cols->at[COLUMN_PATH].x + cols->at[COLUMN_PATH].w + 1;
  cols->extra[0].w = BY_WIDTH;
  cols->extra[0].datum = ui->by;
  cols->extras = 1;
}

void columns_chosen(struct columns *cols, int width, const struct ui *ui) {
  if (ui->columns != NULL) {
    place_chosen(cols, width, ui->columns);
  } else {
    columns_for(cols, width, shows_clock(ui, width));
    place_listener(cols, width, ui);
  }
  cols->suffix = host_suffix(ui->hosts);
  cols->changes = ui->changes;
  cols->store = ui_store(ui);
}

void act_time_column(struct ui *ui, struct view *v, int count) {
  int width = ui->canvas.width;
  (void)count;
  struct columns cols;
  columns_chosen(&cols, width, ui);
  bool shown = cols.at[COLUMN_CLOCK].w > 0;
  if (ui->columns != NULL) {
    command_columns(ui, v, shown ? SLICE("-time") : SLICE("+time"), NULL);
    return;
  }
  ui->clock = shown ? -1 : 1;
  columns_chosen(&cols, width, ui);
  if (!shown && cols.at[COLUMN_CLOCK].w == 0)
    ui_say(ui, "the time of day has no room here: %d columns or more", ROW_MEDIUM);
  else
    ui_say(ui, "time of day %s", shown ? "left out" : "shown");
  ui_dirty(ui);
}

/* ---- what stands in bodies ---- */

struct column_cache {
  struct {
    uint64_t id; /* 0: empty */
    char *name;  /* of the datum */
    char *text;  /* NULL: it has none */
  } value[CACHED];
};

static size_t slot(uint64_t id, const struct datum *d) {
  uint64_t hash = id * 0x9e3779b97f4a7c15u;
  for (const char *p = datum_name(d); *p != '\0'; p++)
    hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
  return (size_t)(hash >> 32) % CACHED;
}

static bool known(const struct column_cache *cache, size_t i, uint64_t id, const struct datum *d) {
  return cache->value[i].id == id && strcmp(cache->value[i].name, datum_name(d)) == 0;
}

static void forget_slot(struct column_cache *cache, size_t i) {
  free(cache->value[i].name);
  free(cache->value[i].text);
  memset(&cache->value[i], 0, sizeof cache->value[i]);
}

static void look_up(struct ui *ui, const struct datum *d, const struct flow *f) {
  struct column_cache *cache = ui->column_cache;
  size_t i = slot(f->id, d);
  struct buf text = BUF_INIT;
  if (known(cache, i, f->id, d))
    return;
  forget_slot(cache, i);
  cache->value[i].id = f->id;
  cache->value[i].name = mem_dup(datum_name(d));
  if (datum_show(d, f, ui_now(ui), &text))
    cache->value[i].text = mem_dup_n(buf_slice(&text).p, text.n < VALUE_MAX ? text.n : VALUE_MAX);
  buf_clear(&text);
}

bool columns_prepare(struct ui *ui, const struct columns *cols, const uint64_t *ids, size_t n) {
  uint64_t deadline = clock_mono() + FRAME;
  for (size_t k = 0; k < cols->extras; k++) {
    const struct datum *d = cols->extra[k].datum;
    if (!datum_reads_bodies(d))
      continue;
    if (ui->column_cache == NULL)
      ui->column_cache = mem_zero(1, sizeof *ui->column_cache);
    for (size_t i = 0; i < n; i++) {
      const struct flow *f = store_get(ui_store(ui), ids[i]);
      if (f != NULL)
        look_up(ui, d, f);
      if (clock_mono() >= deadline)
        return false;
    }
  }
  return true;
}

/* "req.header:authorization", "cookie" */
static bool is_secret(const struct datum *d) {
  const char *colon = strchr(datum_name(d), ':');
  return redact_is_secret(slice_of(colon != NULL ? colon + 1 : datum_name(d)));
}

/* As datum_show(), from what is kept where it reads bodies. */
static bool columns_show(const struct ui *ui, const struct datum *d, const struct flow *f, struct buf *out) {
  size_t begin = out->n;
  if (!datum_reads_bodies(d)) {
    bool there = datum_show(d, f, ui_now(ui), out);
    if (there && ui->w->options->redact && is_secret(d)) {
      struct slice value = slice_from(buf_slice(out), begin);
      out->n = begin;
      redact_put(value, ui->canvas.ascii, out);
    }
    return there;
  }
  size_t i = slot(f->id, d);
  const char *text = ui->column_cache != NULL && known(ui->column_cache, i, f->id, d) //
                         ? ui->column_cache->value[i].text
                         : NULL;
  if (text != NULL && ui->w->options->redact && is_secret(d))
    redact_put(slice_of(text), ui->canvas.ascii, out);
  else if (text != NULL)
    buf_add_text(out, text);
  return text != NULL;
}

/* "resp.header:server" is headed "server", "json:.user.name" ".user.name". */
static void put_title(const struct datum *d, struct buf *out) {
  const struct field *field = datum_field(d);
  const char *colon = strchr(datum_name(d), ':');
  buf_add_text(out, field != NULL ? field->title : colon != NULL ? colon + 1 : datum_name(d));
}

void columns_draw(const struct ui *ui, const struct columns *cols, struct canvas *c, struct rect r, int y,
                  enum role role, const struct flow *f) {
  const struct datum *sorted = filter_index_sorted(ui->index, NULL);
  if (f == NULL && cols->left_out > 0)
    canvas_print(c, (struct rect){r.x, y, cols->at[COLUMN_MARK].w, 1}, r.x, y, ROLE_CLIENT_ERROR, "+%u",
                 cols->left_out);
  for (size_t i = 0; i < cols->extras; i++) {
    const struct datum *d = cols->extra[i].datum;
    const struct field *field = datum_field(d);
    struct buf text = BUF_INIT;
    struct rect cell = {r.x + cols->extra[i].x, y, cols->extra[i].w, 1};
    if (f != NULL)
      columns_show(ui, d, f, &text);
    else
      put_title(d, &text);
    if (f == NULL && sorted != NULL && strcmp(datum_name(sorted), datum_name(d)) == 0) {
      bool reverse;
      filter_index_sorted(ui->index, &reverse);
      buf_add_text(&text, canvas_glyph(c, reverse ? GLYPH_LARGE_FIRST : GLYPH_SMALL_FIRST));
    }
    int n = (int)text_width(buf_slice(&text), TEXT_PLAIN);
    bool right = field != NULL && field->number != NULL && n < cell.w;
    canvas_text(c, cell, right ? cell.x + cell.w - n : cell.x, y, role, buf_slice(&text));
    buf_clear(&text);
  }
}

const char *columns_field_at(const struct columns *cols, struct rect r, int x) {
  for (size_t i = 0; i < cols->extras; i++)
    if (x >= r.x + cols->extra[i].x && x < r.x + cols->extra[i].x + cols->extra[i].w)
      return datum_name(cols->extra[i].datum);
  return column_field_at(cols, r, x);
}

void columns_forget(struct ui *ui, uint64_t id) {
  for (size_t i = 0; ui->column_cache != NULL && i < CACHED; i++)
    if (ui->column_cache->value[i].id == id)
      forget_slot(ui->column_cache, i);
}

void columns_free(struct ui *ui) {
  for (size_t i = 0; ui->column_cache != NULL && i < CACHED; i++)
    forget_slot(ui->column_cache, i);
  free(ui->column_cache);
  ui->column_cache = NULL;
  column_choice_free(ui->columns);
  ui->columns = NULL;
}
