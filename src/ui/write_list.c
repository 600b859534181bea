#include "ui/write_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/output_file.h"
#include "ui/table_text.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/vec.h"
#include "weir/file/csv.h"
#include "weir/file/har.h"

enum list_format { LIST_HAR, LIST_CSV };

struct list_file {
  struct ui *ui;
  struct loop_job job;
  enum list_format format;
  VEC(uint64_t) id; /* what the list showed when it began */
  size_t done;      /* of id[] */
  size_t written;   /* flows that are in the file */
  size_t left_out;  /* of these, with a body that is not */
  size_t skipped;   /* flows that a HAR has no place for */
  uint64_t
      whole; /* so far every flow of the store is in it, as it ended: up to this one; 0: the list leaves some out */
  int fd;
  char *path, *partial;
  struct buf out;
  uint64_t before;         /* bytes of the file in front of out */
  struct har_entry *entry; /* of id[done], whose flow is pinned; NULL: none is begun */
  uint64_t entry_at;       /* where in the file */
};

#define BEFORE_WRITE (256u * 1024)

static void close_entry(struct list_file *w) {
  struct flow *f = w->entry != NULL ? store_get(ui_store(w->ui), w->id.v[w->done]) : NULL;
  if (f != NULL)
    store_unpin(ui_store(w->ui), f);
  har_entry_free(w->entry);
  w->entry = NULL;
}

static void list_file_free(struct list_file *w) {
  close_entry(w);
  if (w->fd >= 0)
    close(w->fd);
  if (w->partial != NULL)
    unlink(w->partial);
  VEC_CLEAR(&w->id);
  buf_clear(&w->out);
  free(w->path);
  free(w->partial);
  w->ui->list_file = NULL;
  free(w);
}

static bool flush(struct list_file *w) {
  bool good = path_write_all(w->fd, buf_slice(&w->out));
  w->before += w->out.n;
  buf_reset(&w->out);
  return good;
}

/* True: there is more of it. */
static bool put_entry(struct list_file *w, struct flow *f) {
  if (w->entry == NULL) {
    w->entry = har_entry_new(f, w->written == 0);
    if (w->entry == NULL) {
      w->skipped++;
      return false;
    }
    w->entry_at = w->before + w->out.n;
    store_pin(ui_store(w->ui), f);
  }
  if (har_entry_step(w->entry, f, &w->out))
    return true;
  w->written++;
  w->left_out += har_entry_left_out(w->entry);
  close_entry(w);
  return false;
}

static bool put_flow(struct list_file *w, struct flow *f) {
  if (w->format == LIST_HAR)
    return put_entry(w, f);
  csv_row(f, ui_now(w->ui), &w->out);
  w->written++;
  return false;
}

/* What there is of its entry is none: the file goes on in front of it. */
void write_list_let_go(struct ui *ui, struct flow *f) {
  struct list_file *w = ui->list_file;
  if (w == NULL || w->entry == NULL || w->id.v[w->done] != f->id)
    return;
  close_entry(w);
  w->done++;
  if (w->entry_at >= w->before) {
    w->out.n = (size_t)(w->entry_at - w->before);
  } else if (ftruncate(w->fd, (off_t)w->entry_at) == 0 && lseek(w->fd, (off_t)w->entry_at, SEEK_SET) >= 0) {
    w->before = w->entry_at;
    buf_reset(&w->out);
  }
}

static bool finish(struct list_file *w) {
  if (w->format == LIST_HAR)
    har_end(&w->out);
  bool good = flush(w) && close(w->fd) == 0;
  w->fd = -1;
  if (!good || rename(w->partial, w->path) != 0)
    return false;
  free(w->partial);
  w->partial = NULL;
  return true;
}

/* Up to where the list leaves none out, and all have ended; a HAR file has no place for tunnels. */
static uint64_t whole_to(const struct ui *ui) {
  const struct store *store = ui_store(ui);
  uint64_t to = 0;
  if (filter_index_count(ui->index) != store_stats(store).flows)
    return 0;
  for (size_t i = 0, n = store_count(store);
       i < n && (flow_finished(store_nth(store, i)) || store_nth(store, i)->kind == FLOW_TUNNEL); i++)
    to = store_nth(store, i)->id;
  return to;
}

static void fail(struct list_file *w) {
  ui_warn(w->ui, "writing %s failed: %s", w->path, strerror(errno));
  list_file_free(w);
}

static void say_written(const struct list_file *w) {
  struct buf text = BUF_INIT;
  buf_printf(&text, "%zu flow%s written", w->written, w->written == 1 ? "" : "s");
  if (w->left_out > 0)
    buf_printf(&text, ", %zu without a body that decodes to more than %zu MB", w->left_out, HAR_BODY_MAX >> 20);
  if (w->skipped > 0)
    buf_printf(&text, ", %zu left out: tunnels and raw streams have no HAR", w->skipped);
  bool lacks = w->left_out + w->skipped > 0;
  (lacks ? ui_warn : ui_say)(w->ui, "%s%s%s", buf_text(&text), lacks ? ": " : " to ", w->path);
  buf_clear(&text);
}

static bool step(void *arg, uint64_t deadline_ns) {
  struct list_file *w = arg;
  while (w->done < w->id.n && clock_mono() < deadline_ns) {
    struct flow *f = store_get(ui_store(w->ui), w->id.v[w->done]);
    if (f == NULL || !put_flow(w, f))
      w->done++;
    if (w->out.n >= BEFORE_WRITE && !flush(w)) {
      fail(w);
      return false;
    }
  }
  ui_dirty(w->ui);
  if (w->done < w->id.n)
    return true;
  if (!finish(w)) {
    fail(w);
    return false;
  }
  if (w->whole > w->ui->saved)
    w->ui->saved = w->whole;
  say_written(w);
  list_file_free(w);
  return false;
}

/* The flows that the list shows, as they are when their turn comes. False with a sentence: it cannot begin. */
static bool start(struct ui *ui, const void *what, const char *path, bool overwrite, struct err *err) {
  const enum list_format format = *(const enum list_format *)what;
  if (ui->list_file != NULL)
    return err_set(err, "another file is being written");
  if (!overwrite && access(path, F_OK) == 0)
    return err_set(err, "%s is there already", path);
  struct list_file *w = mem_zero(1, sizeof *w);
  struct buf partial = BUF_INIT;
  w->ui = ui;
  w->format = format;
  w->path = mem_dup(path);
  buf_printf(&partial, "%s.part", path);
  w->fd = path_open_private(buf_text(&partial), O_WRONLY | O_CREAT | O_EXCL, err);
  if (w->fd < 0) {
    buf_clear(&partial);
    list_file_free(w);
    return false;
  }
  w->partial = buf_take(&partial);
  struct id_vec selected;
  const struct view *list = ui_find_view(ui, &list_view_ops);
  bool some = list != NULL && selection_targets(ui, list, &selected);
  for (size_t i = 0, n = some ? selected.n : filter_index_count(ui->index); i < n; i++)
    VEC_PUSH(&w->id, some ? selected.v[i] : filter_index_nth(ui->index, i));
  if (some)
    VEC_CLEAR(&selected);
  w->whole = format == LIST_HAR && !some ? whole_to(ui) : 0;
  if (format == LIST_HAR)
    har_begin(&w->out);
  else
    csv_head(&w->out);
  w->job = (struct loop_job){.step = step, .arg = w};
  ui->list_file = w;
  loop_job_start(ui->w->loop, &w->job);
  return true;
}

/* Within a single flow it is the bytes that count. */
bool write_list_busy(const struct ui *ui, char out[static 40]) {
  const struct list_file *w = ui->list_file;
  if (w == NULL)
    return false;
  const struct flow *f = w->entry != NULL ? store_get(ui_store(ui), w->id.v[w->done]) : NULL;
  if (w->id.n == 1 && f != NULL)
    snprintf(out, 40, "%u%%", har_entry_percent(w->entry, f));
  else
    snprintf(out, 40, "%zu of %zu", w->done, w->id.n);
  return true;
}

void write_list_stop(struct ui *ui) {
  if (ui->list_file == NULL)
    return;
  loop_job_stop(ui->w->loop, &ui->list_file->job);
  list_file_free(ui->list_file);
}

/* ---- the prompt ---- */

static struct output_file list_as(enum list_format format) {
  enum list_format *what = mem_alloc(sizeof *what);
  *what = format;
  return (struct output_file){start, free, what};
}

static void ask(struct ui *ui, enum list_format format) {
  char name[64];
  time_t now = (time_t)(clock_wall() / 1000000);
  struct tm day;
  if (filter_index_count(ui->index) == 0) {
    ui_say(ui, "there are no flows in the list");
    return;
  }
  localtime_r(&now, &day);
  size_t n = strftime(name, sizeof name, "weir-%Y-%m-%d-%H%M", &day);
  snprintf(name + n, sizeof name - n, "%s", format == LIST_HAR ? ".har" : ".csv");
  output_file_ask(ui, list_as(format), format == LIST_HAR ? "write HAR to: " : "write CSV to: ", name);
}

void act_write_har(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ask(ui, LIST_HAR);
}

void act_write_csv(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (!table_act_write(ui, v))
    ask(ui, LIST_CSV);
}

bool command_write_har(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  return output_file_take(ui, list_as(LIST_HAR), argument, err);
}

bool command_write_csv(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  return output_file_take(ui, list_as(LIST_CSV), argument, err);
}
