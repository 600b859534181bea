/* A prompt in a box above the view, and the box below it with what helps. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/prompt_private.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"

#define BOX_WIDTH  60 /* a screen with less has no room for boxes */
#define BOX_HEIGHT 16
#define ROWS_MAX   4 /* of samples */
#define GAP        3

void prompt_aside_add(struct prompt_aside *aside, struct slice text, const char *help) {
  struct prompt_sample sample = {mem_dup_n(text.p, text.n), mem_dup(help)};
  VEC_PUSH(&aside->sample, sample);
}

void prompt_aside_clear(struct prompt_aside *aside) {
  for (size_t i = 0; i < aside->sample.n; i++) {
    free(aside->sample.v[i].text);
    free(aside->sample.v[i].help);
  }
  VEC_CLEAR(&aside->sample);
  aside->title[0] = '\0';
  aside->colon = false;
}

/* ---- places ---- */

static int width_of(const char *text) {
  return (int)text_width(slice_of(text), TEXT_PLAIN);
}

static int sample_width(const struct prompt_sample *s) {
  return width_of(s->text) + 2 + width_of(s->help);
}

/* Where each sample stands, in rows of so many columns; returns the rows. c NULL: only to count them. */
static int flow_samples(const struct prompt_aside *aside, struct rect r, struct canvas *c) {
  int x = 0, y = 0;
  for (size_t i = 0; i < aside->sample.n; i++) {
    const struct prompt_sample *s = &aside->sample.v[i];
    int w = sample_width(s);
    if (x > 0 && x + w > r.w) {
      x = 0;
      y++;
    }
    if (y == r.h)
      return y;
    if (c != NULL) {
      int end = canvas_text(c, r, r.x + x, r.y + y, ROLE_KEY, slice_of(s->text));
      if (aside->colon)
        canvas_text(c, r, end, r.y + y, ROLE_DIM, SLICE(":"));
      canvas_text(c, r, end + 2, r.y + y, ROLE_DIM, slice_of(s->help));
    }
    x += w + GAP;
  }
  return aside->sample.n > 0 ? y + 1 : 0;
}

struct prompt_place prompt_place(const struct ui *ui, const struct prompt *p) {
  struct prompt_place place = {.below = ui_body(ui)};
  struct rect all = place.below;
  place.input = (struct rect){0, ui->canvas.height - 2, ui->canvas.width, 1};
  place.boxed = p->o.title != NULL && all.w >= BOX_WIDTH && all.h >= BOX_HEIGHT;
  if (!place.boxed)
    return place;
  int h = ui_roomy(ui) ? 5 : 4;
  place.box = (struct rect){all.x, all.y, all.w, h};
  place.input = (struct rect){all.x + 2, all.y + 1, all.w - 4, 1};
  struct rect inside = {0, 0, all.w - 4, all.h / 5 < ROWS_MAX ? all.h / 5 : ROWS_MAX};
  int rows = flow_samples(&p->aside, inside, NULL);
  if (rows > 0)
    place.aside = (struct rect){all.x, all.y + all.h - rows - 2, all.w, rows + 2};
  place.below = (struct rect){all.x, all.y + h, all.w, all.h - h - place.aside.h};
  return place;
}

/* ---- drawing ---- */

const char *prompt_label(const struct prompt *p) {
  return p->past ? "look for: " : p->o.label;
}

void prompt_draw_box(const struct prompt *p, const struct prompt_place *place, struct canvas *c) {
  struct rect box = place->box, words = {box.x + 2, box.y + box.h - 2, box.w - 4, 1};
  canvas_box(c, box, ROLE_BOX, p->past ? "typed before" : p->o.title);
  input_draw(&p->input, c, place->input, prompt_label(p));
  canvas_text(c, words, words.x, words.y, p->wrong ? ROLE_ERROR : ROLE_TEXT, buf_slice(&p->words));
}

void prompt_draw_aside(const struct prompt_aside *aside, struct rect box, struct canvas *c) {
  canvas_box(c, box, ROLE_BOX, aside->title[0] != '\0' ? aside->title : NULL);
  flow_samples(aside, (struct rect){box.x + 2, box.y + 1, box.w - 4, box.h - 2}, c);
}
