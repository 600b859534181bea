#include "ui/pane_picture.h"

#include <stdio.h>
#include <unistd.h>

#include "ui/pipe_source.h"
#include "ui/ui_state.h"

#define COLUMNS_MAX 100
#define ROWS_MAX    40
#define OUT_MAX     (1024u * 1024)
#define TIME_MAX    (10 * CLOCK_S)

static void failed(struct pane_picture *p, const char *why) {
  p->shown.state = PAGE_PICTURE_NONE;
  snprintf(p->shown.why, sizeof p->shown.why, "%.*s", (int)strcspn(why, "\n"), why);
  p->shown.made++;
}

static void on_end(void *arg, struct shell_result *result) {
  struct pane_picture *p = arg;
  p->shell = NULL;
  buf_add_byte(result->errors, '\0');
  if (result->well && picture_parse(buf_slice(result->out), &p->picture))
    p->shown.state = PAGE_PICTURE_THERE;
  else
    failed(p, result->errors->n > 1 ? result->errors->p : result->said);
  p->shown.made++;
  ui_dirty(p->ui);
}

/* weir itself, quoted for sh. */
static bool own_path(const struct ui *ui, struct buf *out) {
  char path[1024];
  bool self = strcmp(ui->program, UI_PROGRAM_SELF) == 0;
  ssize_t n =
      self ? readlink(UI_PROGRAM_SELF, path, sizeof path - 1) : (ssize_t)snprintf(path, sizeof path, "%s", ui->program);
  if (n <= 0 || (size_t)n >= sizeof path - 1 || memchr(path, '\'', (size_t)n) != NULL)
    return false;
  buf_printf(out, "exec '%.*s'", (int)n, path);
  return true;
}

static void start(struct pane_picture *p, const struct flow *f) {
  struct shell_options options = {.out_max = OUT_MAX, .time_max = TIME_MAX};
  struct pipe_source *source;
  struct buf line = BUF_INIT;
  struct err err = ERR_INIT;
  p->shown.state = PAGE_PICTURE_COMING;
  if (!own_path(p->ui, &line)) {
    failed(p, "weir cannot find its own program");
  } else if (!pipe_source_open(ui_store(p->ui), f, p->side, &options.input, &source, &err)) {
    failed(p, err.text);
  } else {
    buf_printf(&line, " --picture %ux%u", p->width, p->height);
    options.line = buf_text(&line);
    p->shell = shell_start(p->ui->w->loop, &options, on_end, p, &err);
    if (p->shell == NULL)
      failed(p, err.text);
  }
  buf_clear(&line);
}

void pane_picture_drop(struct pane_picture *p) {
  shell_free(p->shell);
  picture_clear(&p->picture);
  *p = (struct pane_picture){.shown.made = p->shown.made + 1};
}

const struct page_picture *pane_picture_ask(struct pane_picture *p, struct ui *ui, const struct flow *f,
                                            enum flow_side side, int columns, int rows) {
  const struct flow_message *m = flow_side_const(f, side);
  columns = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
  rows = rows < ROWS_MAX ? rows : ROWS_MAX;
  if (columns < 4 || rows < 2 || ui->program == NULL || !m->body.complete)
    return NULL;
  unsigned width = (unsigned)columns, height = 2 * (unsigned)rows;
  if (p->flow != f->id || p->side != side || p->width != width || p->height != height) {
    pane_picture_drop(p);
    p->ui = ui;
    p->flow = f->id;
    p->side = side;
    p->width = width;
    p->height = height;
    start(p, f);
  }
  p->shown.picture = &p->picture;
  p->shown.many = ui->t->colours >= 256 && !ui->t->mono && !ui->canvas.ascii;
  return &p->shown;
}
