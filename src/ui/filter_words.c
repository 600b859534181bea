/* What helps while a filter is typed: completion, presets, words to begin with, readings. */
#include "ui/filter_acts.h"

#include <stdio.h>

#include "ui/ui_state.h"
#include "weir/base/text.h"
#include "weir/filter/complete.h"
#include "weir/filter/preset.h"

/* ---- completion ---- */

struct offering {
  struct completion *out;
};

static void offer(void *arg, struct slice text, const char *help, bool open) {
  struct completion *out = ((struct offering *)arg)->out;
  if (text_is_safe(text) && !completion_has(out, text)) /* wire bytes that no one could type are no help */
    completion_add(out, text, help, open);
}

void filter_complete_prompt(struct ui *ui, void *arg, struct slice before, struct completion *out) {
  struct offering offering = {out};
  (void)arg;
  completion_begin(out, before, filter_complete_from(before));
  filter_complete(before, ui_store(ui), offer, &offering);
}

void filter_named(struct ui *ui, void *arg, struct slice before, struct completion *out) {
  (void)arg;
  (void)before;
  if (!filter_presets_read(&ui->presets, NULL))
    return;
  for (size_t i = 0; i < ui->presets.list.n; i++)
    completion_add(out, slice_of(ui->presets.list.v[i].text), ui->presets.list.v[i].name, false);
}

/* ---- the box below ---- */

static const char *const samples[][2] = {
    {"GET POST", "method"},
    {"404 4xx 500-503", "status"},
    {"/login .png", "path"},
    {"shop api.shop", "host, path"},
    {">1s <10ms >100k", "time, size"},
    {"failed err dns paused marked replay edited ws", "states"},
    {"\"any text\"", "anywhere"},
    {"host: path: type: body: header: cookie: note: age<5m", "fields (Tab lists all)"},
    {"space", "and"},
    {" | ", "or"},
    {"-x !x", "not"},
    {"a|b", "either"},
    {"( )", "group"},
    {"re:/^\\/api/", "regular expression"},
    {"~u ~m ~c ~b ~d", "mitmproxy's"},
};

static void put_readings(struct slice text, struct prompt_aside *aside) {
  struct filter_reading reading[24];
  size_t n = filter_explain(text, reading, sizeof reading / sizeof *reading);
  snprintf(aside->title, sizeof aside->title, "read as");
  aside->colon = n > 0;
  for (size_t i = 0; i < n; i++)
    prompt_aside_add(aside, slice_sub(text, reading[i].at, reading[i].n < 40 ? reading[i].n : 40), reading[i].says);
}

void filter_aside(struct ui *ui, void *arg, struct slice text, struct prompt_aside *aside) {
  (void)ui;
  (void)arg;
  if (slice_trim(text).n > 0) {
    put_readings(text, aside);
    if (aside->sample.n > 0)
      return;
  }
  snprintf(aside->title, sizeof aside->title, "filter words (Tab completes, Up history, Ctrl-R looks in it)");
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
    prompt_aside_add(aside, slice_of(samples[i][0]), samples[i][1]);
}

void filter_fault(struct err *err) {
  struct err plain = *err;
  err_set_at(err, plain.at, plain.span, "column %zu: %s", plain.at + 1, plain.text);
}
