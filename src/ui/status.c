/* The status bar: what weir is doing, always written down. When it gets narrow, what matters least goes first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/copy_job.h"
#include "ui/keymap.h"
#include "ui/receiving.h"
#include "ui/repeater.h"
#include "ui/rule_acts.h"
#include "ui/search.h"
#include "ui/write_list.h"
#include "weir/base/units.h"

#define PIECES 24

struct piece {
  char text[80];
  char brief[24]; /* instead, when there is little room; "" : leave it out */
  enum role role;
  int worth; /* higher stays longer */
  bool right;
  int form; /* 0: text, 1: brief, 2: left out */
};

struct pieces {
  struct piece v[PIECES];
  size_t n;
};

static struct piece *add(struct pieces *p, bool right, int worth, enum role role) {
  struct piece *x = &p->v[p->n++];
  *x = (struct piece){.role = role, .worth = worth, .right = right};
  return x;
}

static const char *piece_text(const struct piece *p) {
  return p->form == 0 ? p->text : p->form == 1 ? p->brief : "";
}

static int piece_width(const struct piece *p) {
  int w = (int)text_width(slice_of(piece_text(p)), TEXT_PLAIN);
  return w > 0 ? w + 2 : 0;
}

static int total_width(const struct pieces *p) {
  int w = 0;
  for (size_t i = 0; i < p->n; i++)
    w += piece_width(&p->v[i]);
  return w;
}

/* What one long piece that went has left room for: words come back, what is worth most first. */
static void give_back(struct pieces *p, int width) {
  for (bool tried[PIECES] = {false};;) {
    struct piece *best = NULL;
    for (size_t i = 0; i < p->n; i++)
      if (p->v[i].form > 0 && !tried[i] && (best == NULL || p->v[i].worth > best->worth))
        best = &p->v[i];
    if (best == NULL)
      return;
    tried[best - p->v] = true;
    int was = best->form;
    for (best->form = 0; best->form < was && total_width(p) > width;)
      best->form += best->form == 0 && best->brief[0] == '\0' ? 2 : 1;
  }
}

/* First everything that can gets brief, by worth; then pieces go. */
static void fit(struct pieces *p, int width) {
  for (int form = 1; form <= 2; form++)
    while (total_width(p) > width) {
      struct piece *least = NULL;
      for (size_t i = 0; i < p->n; i++) {
        struct piece *x = &p->v[i];
        bool can = form == 1 ? x->form == 0 && x->brief[0] != '\0' : x->form < 2;
        if (can && (least == NULL || x->worth < least->worth))
          least = x;
      }
      if (least == NULL)
        break;
      least->form = form;
    }
  give_back(p, width);
}

static void put_rate(char *out, size_t size, double rate) {
  if (rate >= 1000)
    snprintf(out, size, "%.1fk/s", rate / 1000);
  else
    snprintf(out, size, "%.0f/s", rate);
}

/* 127.0.0.1 and ::1 have one port. */
static unsigned other_ports(const struct proxy_stats *s, const struct proxy_listening *first) {
  unsigned n = 0;
  for (size_t i = 0; i < s->listeners; i++) {
    uint16_t port = s->listening[i].address.port;
    bool seen = port == first->address.port;
    for (size_t k = 0; k < i; k++)
      seen |= s->listening[k].address.port == port;
    n += !seen;
  }
  return n;
}

#define MODE_COLUMNS 32

/* "reverse:...very.long.test:8443": what tells two listeners apart is the kind and the end. */
static void put_mode(const char *mode, const char *ellipsis, char out[MODE_COLUMNS + 8]) {
  size_t n = strlen(mode), kind = strcspn(mode, ":") + 1, least = n > MODE_COLUMNS ? n - (MODE_COLUMNS - kind - 1) : 0;
  if (n <= MODE_COLUMNS || kind > MODE_COLUMNS / 2)
    snprintf(out, MODE_COLUMNS + 1, "%s", mode);
  else
    snprintf(out, MODE_COLUMNS + 8, "%.*s%s%s", (int)kind, mode, ellipsis, mode + least);
}

static void add_address(struct pieces *p, const struct ui *ui, const struct proxy_stats *s) {
  struct piece *x = add(p, false, 90, ROLE_BAR);
  if (s->listeners == 0) {
    snprintf(x->text, sizeof x->text, "not listening");
    return;
  }
  char text[ADDRESS_TEXT], others[24] = "", mode[MODE_COLUMNS + 8];
  const struct proxy_listening *first = proxy_usual(s);
  first = first != NULL ? first : &s->listening[0];
  unsigned more = other_ports(s, first);
  if (more > 0)
    snprintf(others, sizeof others, " +%u", more);
  address_text(&first->address, text, sizeof text);
  put_mode(first->mode, canvas_glyph(&ui->canvas, GLYPH_ELLIPSIS), mode);
  if (first->usual)
    snprintf(x->text, sizeof x->text, "%s%s", text, others);
  else
    snprintf(x->text, sizeof x->text, "%.28s %s%s", text, mode, others);
  snprintf(x->brief, sizeof x->brief, ":%u%s", first->address.port, others);
}

static void add_recording(struct pieces *p, const struct ui *ui) {
  bool on = proxy_recording(ui_proxy(ui));
  struct piece *x = add(p, false, on ? 50 : 95, on ? ROLE_BAR : ROLE_BAR_WARN);
  if (on) {
    snprintf(x->text, sizeof x->text, "%s REC", canvas_glyph(&ui->canvas, GLYPH_REC));
    snprintf(x->brief, sizeof x->brief, "%s", canvas_glyph(&ui->canvas, GLYPH_REC));
  } else {
    snprintf(x->text, sizeof x->text, "not recording");
    snprintf(x->brief, sizeof x->brief, "no rec");
  }
}

static const struct rule *first_in_force(const struct rules *rules, size_t *count) {
  const struct rule *first = NULL, *x;
  *count = 0;
  for (size_t i = 0; intercept_enabled(rules) && (x = intercept_nth(rules, i)) != NULL; i++)
    if (x->on) {
      first = first != NULL ? first : x;
      ++*count;
    }
  return first;
}

static void add_intercept(struct pieces *p, const struct ui *ui, size_t paused) {
  const struct rules *rules = ui->w->rules;
  const struct rule *one;
  size_t in_force;
  struct piece *x = add(p, false, 60, ROLE_BAR);
  one = first_in_force(rules, &in_force);
  if (one == NULL) {
    snprintf(x->text, sizeof x->text, "intercept off");
    x->worth = 40;
  } else {
    size_t cut = text_cut(slice_of(one->condition), 28, TEXT_PLAIN, NULL);
    bool whole = one->condition[cut] == '\0';
    char more[16] = "";
    if (in_force > 1)
      snprintf(more, sizeof more, " +%zu", in_force - 1);
    snprintf(x->text, sizeof x->text, "%s %s%.*s%s%s", one->once ? "break" : "intercept", one->responses ? "both " : "",
             (int)cut, one->condition, whole ? "" : "..", more);
    snprintf(x->brief, sizeof x->brief, one->once && in_force == 1 ? "break set" : "intercept on");
  }
  if (paused > 0) {
    x = add(p, false, 100, ROLE_PAUSED);
    snprintf(x->text, sizeof x->text, "%s %zu PAUSED", canvas_glyph(&ui->canvas, GLYPH_PAUSED), paused);
    snprintf(x->brief, sizeof x->brief, "%s%zu", canvas_glyph(&ui->canvas, GLYPH_PAUSED), paused);
  }
}

/* How many are in force, intercepts among them, as F5 lists and messages number them; that all are off is worth a word, since what was set up does not happen. */
static void add_rules(struct pieces *p, const struct ui *ui) {
  size_t all, n = rules_in_force(ui->w->rules, &all);
  if (all == 0)
    return;
  bool off = !rules_enabled(ui->w->rules);
  size_t intercepts;
  first_in_force(ui->w->rules, &intercepts);
  n += intercepts;
  struct piece *x = add(p, false, off ? 63 : 55, off ? ROLE_BAR_WARN : ROLE_BAR);
  const char *sign = canvas_glyph(&ui->canvas, GLYPH_RULE);
  if (off) {
    snprintf(x->text, sizeof x->text, "rules off");
    snprintf(x->brief, sizeof x->brief, "%s off", sign);
  } else {
    snprintf(x->text, sizeof x->text, "rules %zu", n);
    snprintf(x->brief, sizeof x->brief, "%s%zu", sign, n);
  }
}

static void add_warnings(struct pieces *p, const struct proxy_stats *s) {
  if (s->open_to_all) {
    struct piece *x = add(p, false, 97, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "OPEN TO THE NETWORK");
    snprintf(x->brief, sizeof x->brief, "OPEN");
  }
  if (s->at_limit) {
    struct piece *x = add(p, false, 96, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "out of descriptors: new clients wait");
    snprintf(x->brief, sizeof x->brief, "fds: clients wait");
  }
}

static void add_flows(struct pieces *p, const struct ui *ui, const struct store_stats *stats) {
  size_t shown = filter_index_count(ui->index);
  struct piece *x = add(p, false, 70, ROLE_BAR);
  snprintf(x->text, sizeof x->text, "flows %zu/%zu", shown, stats->flows);
  snprintf(x->brief, sizeof x->brief, "%zu/%zu", shown, stats->flows);
  if (stats->evicted > 0) {
    x = add(p, false, 65, ROLE_BAR);
    snprintf(x->text, sizeof x->text, "evicted %llu", (unsigned long long)stats->evicted);
    snprintf(x->brief, sizeof x->brief, "-%llu", (unsigned long long)stats->evicted);
  }
  const struct filter *filter = filter_index_filter(ui->index);
  const char *text = filter != NULL ? filter_text(filter) : "";
  unsigned percent;
  if (text[0] != '\0') {
    x = add(p, false, 62, ROLE_BAR_WARN);
    size_t cut = text_cut(slice_of(text), 24, TEXT_PLAIN, NULL);
    snprintf(x->text, sizeof x->text, "f: %.*s%s", (int)cut, text, text[cut] != '\0' ? ".." : "");
    snprintf(x->brief, sizeof x->brief, "filtered");
  } else if (ui->filter_off != NULL) {
    x = add(p, false, 62, ROLE_BAR);
    snprintf(x->text, sizeof x->text, "f off");
    snprintf(x->brief, sizeof x->brief, "f off");
  }
  if (filter_index_busy(ui->index, &percent)) {
    x = add(p, false, 61, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "filtering %u%%", percent);
  }
  if (search_busy(ui, &percent)) {
    x = add(p, false, 61, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "searching %u%%", percent);
  }
  unsigned sent, sends;
  if (series_busy(ui, &sent, &sends)) {
    x = add(p, false, 61, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "sending %u/%u", sent, sends);
    snprintf(x->brief, sizeof x->brief, "%u/%u", sent, sends);
  }
  if (write_part_busy(ui, &percent)) {
    x = add(p, false, 61, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "writing %u%% (Esc stops)", percent);
    snprintf(x->brief, sizeof x->brief, "writing");
  }
  char copied[40];
  if (copy_job_busy(ui, copied)) {
    x = add(p, false, 61, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "copying %s (Esc stops)", copied);
    snprintf(x->brief, sizeof x->brief, "copying");
  }
  if (write_list_busy(ui, copied)) {
    x = add(p, false, 61, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "writing %s (Esc stops)", copied);
    snprintf(x->brief, sizeof x->brief, "writing");
  }
}

/* Of the flow under the cursor: what still arrives. */
static void add_receiving(struct pieces *p, const struct ui *ui) {
  const struct flow *f = ui->cursor != 0 ? store_get(ui_store(ui), ui->cursor) : NULL;
  struct buf words = BUF_INIT;
  if (f != NULL)
    receiving_words(f, f->state == FLOW_REQUEST_ARRIVING ? FLOW_REQUEST : FLOW_RESPONSE, ui_now(ui), &words);
  if (words.n > 0) {
    struct piece *x = add(p, true, 63, ROLE_BAR);
    snprintf(x->text, sizeof x->text, "%s %s", canvas_glyph(&ui->canvas, GLYPH_DOWN), buf_text(&words));
  }
  buf_clear(&words);
}

static void add_right(struct pieces *p, const struct ui *ui, const struct store_stats *stats) {
  add_receiving(p, ui);
  if (ui->rates.requests_s >= 0.5 || ui->rates.bytes_s >= 1) { /* less is no rate but a memory of one */
    struct piece *x = add(p, true, 30, ROLE_BAR);
    char rate[24], bytes[16];
    put_rate(rate, sizeof rate, ui->rates.requests_s);
    units_size((uint64_t)ui->rates.bytes_s, bytes, sizeof bytes);
    snprintf(x->text, sizeof x->text, "%s %s%s/s", rate, canvas_glyph(&ui->canvas, GLYPH_DOWN), bytes);
    snprintf(x->brief, sizeof x->brief, "%s", rate);
  }
  if (stats->failures > 0) {
    struct piece *x = add(p, true, 80, ROLE_BAR_WARN);
    snprintf(x->text, sizeof x->text, "%zu failed", stats->failures); /* 4xx too, as the keys { and } have it */
    snprintf(x->brief, sizeof x->brief, "%s%zu", canvas_glyph(&ui->canvas, GLYPH_FAIL), stats->failures);
  }
  struct piece *x = add(p, true, 20, ROLE_BAR);
  unsigned percent = stats->max_bytes > 0 ? (unsigned)(stats->bytes * 100 / stats->max_bytes) : 0;
  snprintf(x->text, sizeof x->text, "memory %u%%", percent);
}

static void gather(const struct ui *ui, struct pieces *p) {
  struct store_stats stats = store_stats(ui_store(ui));
  struct proxy_stats proxy = proxy_stats(ui_proxy(ui));
  p->n = 0;
  struct piece *name = add(p, false, 89, ROLE_BAR_KEY);
  snprintf(name->text, sizeof name->text, "weir");
  add_address(p, ui, &proxy);
  add_warnings(p, &proxy);
  add_recording(p, ui);
  add_intercept(p, ui, stats.paused);
  add_rules(p, ui);
  add_flows(p, ui, &stats);
  add_right(p, ui, &stats);
}

void status_draw(const struct ui *ui, struct canvas *c) {
  struct rect row = {0, 0, c->width, 1};
  struct pieces p;
  gather(ui, &p);
  fit(&p, c->width - 1);
  canvas_fill(c, row, ROLE_BAR);
  int x = 1, right = c->width;
  for (size_t i = 0; i < p.n; i++)
    if (p.v[i].right)
      right -= piece_width(&p.v[i]);
  for (size_t i = 0; i < p.n; i++) {
    const struct piece *piece = &p.v[i];
    const char *text = piece_text(piece);
    if (text[0] == '\0')
      continue;
    int at = piece->right ? right : x;
    canvas_text(c, row, at, 0, piece->role, slice_of(text));
    if (piece->right)
      right += piece_width(piece);
    else
      x += piece_width(piece);
  }
}

/* ---- tabs ---- */

struct tab {
  const char *label, *act;
  const struct view_ops *ops;
  void (*open)(struct ui *ui, struct view *v, int count);
};

static const struct tab tabs[] = {
    {"Flows", "screen-flows", &list_view_ops, screen_flows},
    {"Paused", "screen-paused", &paused_view_ops, screen_paused},
    {"Repeater", "screen-repeater", &repeater_view_ops, screen_repeater},
    {"Rules", "screen-rules", &rules_view_ops, screen_rules},
    {"Stats", "screen-stats", &stats_view_ops, screen_stats},
    {"Log", "screen-log", &log_view_ops, screen_log},
    {"Setup", "screen-setup", &setup_view_ops, screen_setup},
};

/* "F5 " where that key does the act now, else its first one; "": it has none. */
static void put_key(const struct ui *ui, const char *act, char *out, size_t size) {
  const struct view_ops *ops = ui->top != NULL && !ui->top->ops->foreign ? ui->top->ops : &list_view_ops;
  const struct binding *b = keymap_command(ops, slice_of(act));
  struct slice rest, name, best = {NULL, 0};
  if (b == NULL) /* a prompt, which knows few keys: as below it */
    b = keymap_command(ops = &list_view_ops, slice_of(act));
  rest = slice_of(b != NULL ? keymap_keys(ui->keys, ops, b) : "");
  while (rest.n > 0 && slice_split(&rest, ' ', &name)) {
    bool function = name.n > 1 && *name.p == 'F' && name.p[1] >= '1' && name.p[1] <= '9';
    if (function || best.n == 0)
      best = name;
    if (function)
      break;
  }
  snprintf(out, size, "%.*s%s", (int)best.n, best.p != NULL ? best.p : "", best.n > 0 ? " " : "");
}

static int put_help(const struct ui *ui, char *out, size_t size) {
  char key[24];
  put_key(ui, "help", key, sizeof key);
  snprintf(out, size, "%shelp", key);
  return ui->canvas.width - (int)text_width(slice_of(out), TEXT_PLAIN) - 1;
}

/* The screen in front: the nearest from the top that has a tab. */
static const struct tab *tab_now(const struct ui *ui) {
  for (const struct view *v = ui->top; v != NULL; v = v->below)
    for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++)
      if (tabs[i].ops == v->ops)
        return &tabs[i];
  return &tabs[0];
}

static void tab_label(const struct ui *ui, const struct tab *tab, bool now, char *out, size_t size) {
  size_t paused = store_stats(ui_store(ui)).paused;
  char number[24] = "", key[24];
  put_key(ui, tab->act, key, sizeof key);
  if (tab->ops == &paused_view_ops && paused > 0)
    snprintf(number, sizeof number, " %zu", paused);
  snprintf(out, size, now ? "[%s%s%s]" : " %s%s%s ", key, tab->label, number);
}

void status_tabs(const struct ui *ui, struct canvas *c, int y) {
  struct rect row = {0, y, c->width, 1};
  const struct tab *now = tab_now(ui);
  int x = 1;
  for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++) {
    char label[80];
    tab_label(ui, &tabs[i], &tabs[i] == now, label, sizeof label);
    x = canvas_text(c, row, x, y, &tabs[i] == now ? ROLE_TITLE_FOCUS : ROLE_TITLE, slice_of(label)) + 1;
  }
  char help[48];
  x = put_help(ui, help, sizeof help);
  canvas_text(c, row, x, y, ROLE_TITLE, slice_of(help));
}

void status_tab_step(struct ui *ui, int steps) {
  int n = (int)(sizeof tabs / sizeof *tabs), at = (int)(tab_now(ui) - tabs) + steps;
  tabs[(at % n + n) % n].open(ui, ui->top, 0);
}

bool status_tab_click(struct ui *ui, int click) {
  const struct tab *now = tab_now(ui);
  int x = 1;
  for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++) {
    char label[80];
    tab_label(ui, &tabs[i], &tabs[i] == now, label, sizeof label);
    int end = x + (int)text_width(slice_of(label), TEXT_PLAIN);
    if (click >= x && click < end) {
      tabs[i].open(ui, ui->top, 0);
      return true;
    }
    x = end + 1;
  }
  char help[48];
  if (click < put_help(ui, help, sizeof help))
    return false;
  screen_help(ui, ui->top, 0);
  return true;
}

/* ---- rates ---- */

void status_rates(struct ui *ui) {
  uint64_t now = ui_now(ui);
  struct rates *r = &ui->rates;
  if (r->at != 0 && now - r->at < CLOCK_S)
    return;
  struct proxy_stats s = proxy_stats(ui_proxy(ui));
  double seconds = r->at != 0 ? (double)(now - r->at) / (double)CLOCK_S : 0;
  bool was = r->requests_s > 0 || r->bytes_s > 0;
  r->requests_s = seconds > 0 ? (double)(s.requests - r->requests) / seconds : 0;
  r->bytes_s = seconds > 0 ? (double)(s.bytes_down - r->bytes) / seconds : 0;
  r->at = now;
  r->requests = s.requests;
  r->bytes = s.bytes_down;
  if (was || r->requests_s > 0 || r->bytes_s > 0)
    ui_dirty(ui);
}
