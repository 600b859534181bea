#include "ui/view_pipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/go.h"
#include "ui/list_row.h"
#include "ui/output_file.h"
#include "ui/pager.h"
#include "ui/pipe_source.h"
#include "ui/prompt.h"
#include "ui/shell_line.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"
#include "weir/http/head.h"

#define ERROR_LINES 100 /* of stderr that are shown */

struct pipe_view {
  struct view view;
  struct ui *ui;
  uint64_t id;
  enum flow_side side;
  char *line;
  struct shell *shell; /* NULL: it has ended */
  struct pipe_source *source;
  uint64_t started;
  bool well;
  char said[400];
  struct page page; /* not of a flow: the lines are put in here */
  struct pager pager;
  struct rect body;
  struct pager_mark from; /* where one was when a find began */
};

static struct pipe_view *self(struct view *v) {
  return (struct pipe_view *)v;
}

static const char *side_word(enum flow_side side) {
  return side == FLOW_REQUEST ? "request" : "response";
}

/* ---- running ---- */

static void add_errors(struct page *page, struct slice errors) {
  struct slice line;
  for (int i = 0; i < ERROR_LINES && slice_split(&errors, '\n', &line); i++) {
    if (line.n == 0 && errors.n == 0)
      break;
    struct page_line one = {.role = ROLE_ERROR};
    buf_add_text(&one.text, "stderr: ");
    buf_add_slice(&one.text, line);
    VEC_PUSH(&page->head, one);
  }
}

/* The output as the command wrote it; what is no text as hex. As long as it runs this is called in each frame, so only what
 * is new is copied, and where one is stays where it is. */
static void show_output(struct pipe_view *p, struct slice out, bool ended) {
  bool binary = body_kind_of(SLICE(""), slice_sub(out, 0, 4096)) == BODY_BINARY;
  if (p->page.lines != NULL && p->page.hex == binary) {
    page_show_more(&p->page, slice_from(out, p->page.body.n));
  } else {
    struct buf copy = BUF_INIT;
    buf_add_slice(&copy, out);
    page_show(&p->page, &copy, BODY_TEXT, binary ? BODY_VIEW_HEX : BODY_VIEW_TEXT);
  }
  p->page.ended = ended;
}

static void on_end(void *arg, struct shell_result *result) {
  struct pipe_view *p = arg;
  char size[24], time[24];
  snprintf(p->said, sizeof p->said, "%s in %s, %s of output%s%s%s", result->said,
           units_duration(ui_now(p->ui) - p->started, time, sizeof time),
           words_bytes(result->out->n, size, sizeof size), result->took_all ? "" : "; it did not read all of the body",
           p->source->why[0] ? "; " : "", p->source->why);
  p->well = result->well;
  p->shell = NULL;
  p->source = NULL;
  add_errors(&p->page, buf_slice(result->errors));
  p->page.version++;
  show_output(p, buf_slice(result->out), true);
  p->ui->urgent = true;
  ui_dirty(p->ui);
}

static bool start(struct pipe_view *p, struct slice line, struct err *err) {
  struct ui *ui = p->ui;
  const struct flow *f = store_get(ui_store(ui), p->id);
  struct shell_input input;
  if (f == NULL)
    return err_set(err, "the flow is gone");
  if (!pipe_source_open(ui_store(ui), f, p->side, &input, &p->source, err))
    return false;
  char *copy = mem_dup_n(line.p, line.n);
  struct shell_options o = {
      .line = copy, .input = input, .out_max = SHELL_OUT_MAX, .time_max = ui->w->options->proxy.command_timeout};
  p->shell = shell_start(ui->w->loop, &o, on_end, p, err);
  p->started = ui_now(ui);
  free(p->line);
  p->line = copy;
  return p->shell != NULL;
}

static void on_found(void *arg) {
  const struct pipe_view *p = arg;
  ui_dirty(p->ui);
}

static void pipe_free(struct ui *ui, struct view *v) {
  struct pipe_view *p = self(v);
  (void)ui;
  shell_free(p->shell);
  pager_clear(&p->pager);
  page_clear(&p->page);
  free(p->line);
  free(p);
}

/* ---- asking for the command ---- */

struct wanted {
  uint64_t id;
  enum flow_side side;
};

static bool run(struct ui *ui, const struct wanted *want, struct slice line, struct err *err) {
  line = slice_trim(line);
  if (line.n == 0)
    return err_set(err, "type a command: it gets the body, and what it writes is shown (jq .user, wc -c)");
  struct pipe_view *p = mem_zero(1, sizeof *p);
  view_init(&p->view, &pipe_view_ops);
  p->ui = ui;
  p->id = want->id;
  p->side = want->side;
  pager_init(&p->pager, ui->w->loop, &p->page, on_found, p);
  if (!start(p, line, err)) {
    pipe_free(ui, &p->view);
    return false;
  }
  if (ui->top->ops == &pipe_view_ops)
    ui_pop(ui); /* another command in the place of the one before */
  ui_push(ui, &p->view);
  return true;
}

static bool taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  return run(ui, arg, text, err);
}

/* False: there is nothing to give to a command, and it was said. */
static bool choose(struct ui *ui, struct view *v, struct wanted *want) {
  const struct flow *f = act_target(ui, v);
  if (f == NULL)
    return false;
  want->id = f->id;
  want->side = act_side(v, f);
  const struct body *request = flow_sent_body(flow_side_const(f, FLOW_REQUEST));
  if (want->side == FLOW_RESPONSE && v->ops->side == NULL && request->kept > 0 &&
      flow_sent_body(flow_side_const(f, FLOW_RESPONSE))->kept == 0)
    want->side = FLOW_REQUEST;
  if (flow_sent_body(flow_side_const(f, want->side))->kept > 0)
    return true;
  ui_say(ui, "the %s of #%llu has no body", side_word(want->side), (unsigned long long)f->id);
  return false;
}

void act_pipe(struct ui *ui, struct view *v, int count) {
  struct wanted want;
  (void)count;
  if (!choose(ui, v, &want))
    return;
  struct wanted *copy = mem_alloc(sizeof *copy);
  *copy = want;
  prompt_open(ui, &(struct prompt_options){.label = want.side == FLOW_REQUEST ? "request body | " : "response body | ",
                                           .accept = "run",
                                           .cancel = "leave it",
                                           .history = &ui->shells,
                                           .taken = taken,
                                           .complete = complete_shell_line,
                                           .drop = free,
                                           .arg = copy});
}

bool command_pipe(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  struct wanted want;
  return !choose(ui, v, &want) || run(ui, &want, argument, err);
}

/* ---- keys ---- */

static long page_rows(struct view *v) {
  return self(v)->body.h > 2 ? self(v)->body.h - 1 : 1;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  (void)ui;
  if (stride == STRIDE_ALL && times < 0)
    pager_home(&self(v)->pager);
  else if (stride == STRIDE_ALL)
    pager_end(&self(v)->pager);
  else
    pager_move(&self(v)->pager, go_rows(stride, times, page_rows(v)));
}

static void right(struct ui *ui, struct view *v, int count) {
  (void)ui, pager_sideways(&self(v)->pager, 8 * view_times(count));
}
static void left(struct ui *ui, struct view *v, int count) {
  (void)ui, pager_sideways(&self(v)->pager, -8 * view_times(count));
}

static void wrap(struct ui *ui, struct view *v, int count) {
  struct pager *p = &self(v)->pager;
  (void)count;
  p->wrap = !p->wrap;
  ui_say(ui, p->wrap ? "long lines are wrapped" : "long lines are cut; h and l scroll sideways");
}

/* Esc: ends what runs and stays to show what came; else goes back. */
static void stop(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (self(v)->shell != NULL)
    shell_cancel(self(v)->shell);
  else
    ui_pop(ui);
}

static bool running(struct ui *ui, const struct pipe_view *p) {
  if (p->shell != NULL)
    ui_say(ui, "it still runs; Esc ends it");
  return p->shell != NULL;
}

static void again(struct ui *ui, struct view *v, int count) {
  struct wanted want = {self(v)->id, self(v)->side};
  struct err err = ERR_INIT;
  char *line = mem_dup(self(v)->line);
  (void)count;
  if (!running(ui, self(v)) && !run(ui, &want, slice_of(line), &err))
    ui_warn(ui, "%s", err.text);
  free(line);
}

static void write_out(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (!running(ui, self(v)))
    output_file_ask(ui, output_file_bytes(buf_slice(&self(v)->page.body)), "write output to: ", "output.txt");
}

static void copy_out(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (!running(ui, self(v)))
    clipboard_put(ui, buf_slice(&self(v)->page.body), "the output");
}

/* ---- find ---- */

static void find_from(struct pipe_view *p) {
  pager_return(&p->pager, p->from);
}

static bool find_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct pipe_view *p = arg;
  (void)ui, (void)err;
  if (!slice_eq(text, buf_slice(&p->pager.needle))) {
    find_from(p);
    pager_find(&p->pager, text, NULL);
  }
  return true;
}

static bool find_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  (void)words;
  return find_taken(ui, arg, text, err);
}

static void find_cancelled(struct ui *ui, void *arg) {
  struct pipe_view *p = arg;
  (void)ui;
  pager_find_stop(&p->pager);
  find_from(p);
}

static void find(struct ui *ui, struct view *v, int count) {
  struct pipe_view *p = self(v);
  (void)count;
  p->from = pager_mark(&p->pager);
  pager_find_stop(&p->pager);
  prompt_open(ui, &(struct prompt_options){.label = "/",
                                           .accept = "keep",
                                           .cancel = "drop",
                                           .history = &ui->finds,
                                           .changed = find_changed,
                                           .taken = find_taken,
                                           .cancelled = find_cancelled,
                                           .arg = p});
}

static void find_on(struct ui *ui, struct view *v, bool forward) {
  struct pager *p = &self(v)->pager;
  size_t lines = ui->finds.line.n;
  if (p->needle.n > 0)
    pager_find_next(p, forward);
  else if (lines > 0)
    pager_find(p, slice_of(ui->finds.line.v[lines - 1]), NULL);
  else
    ui_say(ui, "nothing was looked for yet; / finds");
}

static void find_next(struct ui *ui, struct view *v, int count) {
  (void)count, find_on(ui, v, true);
}
static void find_previous(struct ui *ui, struct view *v, int count) {
  (void)count, find_on(ui, v, false);
}

static const struct binding pipe_bindings[] = {
    {"find", "/", "find", "find in the output", "FIND", find, NULL},
    {"find-next", "n", NULL, "next place found", "FIND", find_next, NULL},
    {"find-previous", "N", NULL, "place found before", "FIND", find_previous, NULL},
    {"pipe-write", "w", "write", "write the output to a file", "SCREEN", write_out, NULL},
    {"pipe-copy", "y", "copy", "copy the output", "SCREEN", copy_out, NULL},
    {"flow-pipe", "|", "command", "another command for the same body", "SCREEN", act_pipe, NULL},
    {"pipe-again", "r", "again", "the same command again", "SCREEN", again, NULL},
    {"back", "q", "back", "back; a command that still runs is ended", "MOVE", go_back, NULL},
    {"pipe-stop", "Esc", NULL, "end the command that runs; else back", "MOVE", stop, NULL},
    {"wrap", "W", NULL, "wrap or cut long lines", "SCREEN", wrap, NULL},
    GO_ROWS("a row down", "a row up"),
    GO_PAGES_ALL,
    GO_ENDS("to the top", "to the end"),
    {"go-right", "l Right", NULL, "scroll to the right", "MOVE", right, NULL},
    {"go-left", "h Left", NULL, "scroll to the left", "MOVE", left, NULL},
    {.keys = NULL},
};

static bool pipe_key(struct ui *ui, struct view *v, const struct key *key) {
  (void)ui;
  long rows = key_wheel(key);
  if (rows == 0)
    return false;
  pager_move(&self(v)->pager, rows);
  return true;
}

/* ---- drawing ---- */

static void pipe_layout(struct ui *ui, struct view *v, struct rect r) {
  struct pipe_view *p = self(v);
  int above = r.h > 3, below = r.h > 4;
  (void)ui;
  if (p->shell != NULL && shell_received(p->shell) > p->page.body.n)
    show_output(p, shell_output(p->shell), false);
  p->body = (struct rect){r.x, r.y + above, r.w, r.h - above - below};
  pager_layout(&p->pager, p->body.w, p->body.h);
}

static void draw_words(const struct pipe_view *p, const struct ui *ui, struct canvas *c, struct rect row) {
  char given[24], written[24], time[24];
  struct buf place = BUF_INIT;
  if (p->shell != NULL) {
    canvas_print(c, row, row.x + 1, row.y, ROLE_PAUSED, "runs for %s, has read %s and written %s; Esc ends it",
                 units_duration(ui_now(ui) - p->started, time, sizeof time),
                 words_bytes(shell_given(p->shell), given, sizeof given),
                 words_bytes(shell_received(p->shell), written, sizeof written));
    return;
  }
  if (p->pager.needle.n > 0)
    pager_find_words(&p->pager, &place);
  int w = (int)text_width(buf_slice(&place), TEXT_PLAIN);
  canvas_text(c, row, row.x + row.w - w - 1, row.y, ROLE_DIM, buf_slice(&place));
  row.w -= w > 0 ? w + 2 : 0;
  canvas_text(c, row, row.x + 1, row.y, p->well ? ROLE_OK : ROLE_ERROR, slice_of(p->said));
  buf_clear(&place);
}

static void pipe_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct pipe_view *p = (const struct pipe_view *)v;
  if (p->body.y > r.y) {
    canvas_hline(c, r, r.x, r.y, r.w, ROLE_TITLE_FOCUS, true);
    struct buf title = BUF_INIT;
    buf_printf(&title, " #%llu %s body | %s ", (unsigned long long)p->id, side_word(p->side), p->line);
    canvas_text_cut(c, (struct rect){r.x, r.y, r.w - 2, 1}, r.x + 3, r.y, ROLE_TITLE_FOCUS, buf_slice(&title));
    buf_clear(&title);
  }
  pager_draw(&p->pager, c, p->body);
  if (p->shell == NULL && p->page.body.n == 0 && p->page.head.n == 0)
    canvas_text(c, p->body, p->body.x + 1, p->body.y, ROLE_DIM, SLICE("the command wrote nothing"));
  if (p->body.y + p->body.h < r.y + r.h)
    draw_words(p, ui, c, (struct rect){r.x, r.y + r.h - 1, r.w, 1});
}

static uint64_t pipe_flow(const struct view *v, const struct ui *ui) {
  (void)ui;
  return ((const struct pipe_view *)v)->id;
}

static bool pipe_ages(const struct view *v) {
  return ((const struct pipe_view *)v)->shell != NULL;
}

static enum flow_side pipe_side(const struct view *v) {
  return ((const struct pipe_view *)v)->side;
}

const struct view_ops pipe_view_ops = {
    .name = "pipe",
    .bindings = pipe_bindings,
    .draw = pipe_draw,
    .go = go,
    .key = pipe_key,
    .layout = pipe_layout,
    .free = pipe_free,
    .ages = pipe_ages,
    .flow = pipe_flow,
    .side = pipe_side,
};
