#include "ui/rule_form_place.h"

static const struct {
  enum form_text text; /* FORM_TEXTS: it has choices */
  const char *word;
} stops[STOPS] = {
    [STOP_NAME] = {FORM_NAME, "name"},
    [STOP_METHOD] = {FORM_METHOD, "method"},
    [STOP_HOST] = {FORM_HOST, "host"},
    [STOP_PATH] = {FORM_PATH, "path"},
    [STOP_WAY] = {FORM_TEXTS, "path"},
    [STOP_HEADER] = {FORM_HEADER, "header"},
    [STOP_BODY] = {FORM_BODY, "body has"},
    [STOP_ALSO] = {FORM_ALSO, "and"},
    [STOP_LIMIT] = {FORM_TEXTS, "limit"},
    [STOP_NUMBER] = {FORM_LIMIT, ""},
    [STOP_ACTION] = {FORM_TEXTS, "action"},
    [STOP_SIDE] = {FORM_TEXTS, "of the"},
    [STOP_STATUS] = {FORM_STATUS, "status"},
    [STOP_TYPE] = {FORM_TYPE, "type"},
    [STOP_FIELDS] = {FORM_FIELDS, "header"},
    [STOP_ANSWER] = {FORM_ANSWER, "body"},
    [STOP_HOW] = {FORM_HOW, ""},
};

bool stop_has_tick(enum stop s) {
  return s >= STOP_METHOD && s <= STOP_BODY && s != STOP_WAY;
}

bool stop_is_there(const struct rule_form *f, enum stop s) {
  if (s == STOP_NUMBER)
    return f->limit != LIMIT_NONE;
  if (s == STOP_SIDE)
    return rule_form_has_side(f);
  if (s >= STOP_STATUS && s <= STOP_ANSWER)
    return rule_form_is_answer(f);
  return s != STOP_HOW || rule_form_has_how(f);
}

enum form_text stop_text(enum stop s) {
  return stops[s].text;
}

struct input *stop_line(struct rule_form *f, enum stop s) {
  return stops[s].text < FORM_TEXTS ? &f->text[stops[s].text] : NULL;
}

/* ---- choices ---- */

int stop_choice(const struct rule_form *f, enum stop s) {
  return s == STOP_WAY     ? (int)f->path
         : s == STOP_LIMIT ? (int)f->limit
         : s == STOP_SIDE  ? (int)f->side
                           : (int)f->action;
}

const char *stop_choice_word(enum stop s, int i) {
  static const char *const ways[] = {"exactly", "begins with", "contains", "regex"},
                           *const limits[] = {"always", "next", "every", "chance"},
                           *const sides[] = {"what the filter is of", "request", "response"};
  struct rule_action action;
  if (s == STOP_ACTION)
    return rule_action((size_t)i, &action) ? action.word : NULL;
  if (s == STOP_SIDE)
    return i < SIDES ? sides[i] : NULL;
  return i < 4 ? (s == STOP_WAY ? ways : limits)[i] : NULL;
}

void stop_choose(struct rule_form *f, enum stop s, int i) {
  if (s == STOP_WAY) {
    f->path = (enum form_path)i;
  } else if (s == STOP_LIMIT) {
    f->limit = (enum rule_limit)i;
    if (i > 0)
      input_set(&f->text[FORM_LIMIT], i == LIMIT_NEXT ? SLICE("1") : i == LIMIT_EVERY ? SLICE("3") : SLICE("20%"));
  } else if (s == STOP_SIDE) {
    f->side = (enum form_side)i;
  } else {
    rule_form_choose(f, (size_t)i);
  }
}

/* ---- where all of it stands ---- */

#define TICK_W 4
#define WAYS_W 50
#define WORD_W 10
#define NARROW 100 /* below it the ways of a path have a row of their own */

struct placing {
  struct form_place *to;
  const struct rule_form *form;
};

static void put_label(struct placing *p, const char *word, int x, int y) {
  VEC_PUSH(&p->to->label, ((struct label){word, x, y}));
}

static void put_line(struct placing *p, enum stop s, struct rect r) {
  VEC_PUSH(&p->to->spot, ((struct spot){s, SPOT_LINE, NULL, r}));
}

/* Choices side by side, in rows; returns the row behind them. */
static int put_choices(struct placing *p, enum stop s, struct rect r) {
  int x = r.x, y = r.y;
  const char *word;
  for (int i = 0; (word = stop_choice_word(s, i)) != NULL; i++) {
    int w = 4 + (int)text_width(slice_of(word), TEXT_PLAIN);
    if (x > r.x && x + w > r.x + r.w) {
      x = r.x;
      y++;
    }
    VEC_PUSH(&p->to->spot, ((struct spot){s, i, word, {x, y, w, 1}}));
    x += w + 1;
  }
  return y + 1;
}

static int put_condition(struct placing *p, enum stop s, int y, int w) {
  int word = FORM_LABEL_W + TICK_W, line = word + WORD_W, ways = s == STOP_PATH && w >= NARROW ? WAYS_W + 2 : 0;
  VEC_PUSH(&p->to->spot, ((struct spot){s, SPOT_TICK, NULL, {FORM_LABEL_W, y, TICK_W, 1}}));
  put_label(p, stops[s].word, word, y);
  put_line(p, s, (struct rect){line, y, w - line - ways, 1});
  if (s != STOP_PATH)
    return y + 1;
  return put_choices(p, STOP_WAY, (struct rect){ways > 0 ? w - WAYS_W : line, ways > 0 ? y : y + 1, WAYS_W, 1});
}

static int put_when(struct placing *p, int y, int w) {
  put_label(p, "WHEN", 0, y);
  for (enum stop s = STOP_METHOD; s <= STOP_BODY; s++)
    if (s != STOP_WAY)
      y = put_condition(p, s, y, w);
  put_label(p, "and", FORM_LABEL_W + TICK_W, y);
  put_line(p, STOP_ALSO, (struct rect){FORM_LABEL_W + TICK_W + WORD_W, y, w - FORM_LABEL_W - TICK_W - WORD_W, 1});
  y++;
  put_label(p, "limit", FORM_LABEL_W, y);
  put_choices(p, STOP_LIMIT, (struct rect){FORM_LABEL_W + TICK_W + WORD_W, y, w, 1});
  if (stop_is_there(p->form, STOP_NUMBER))
    put_line(p, STOP_NUMBER, (struct rect){w - 12, y, 12, 1});
  return y + 1;
}

static int put_answer(struct placing *p, int y, int w) {
  int line = FORM_LABEL_W + TICK_W + WORD_W;
  put_label(p, "status", FORM_LABEL_W, y);
  put_line(p, STOP_STATUS, (struct rect){line, y, 6, 1});
  put_label(p, "type", line + 9, y);
  put_line(p, STOP_TYPE, (struct rect){line + 14, y, w - line - 14, 1});
  put_label(p, "header", FORM_LABEL_W, y + 1);
  put_line(p, STOP_FIELDS, (struct rect){line, y + 1, w - line, 1});
  put_label(p, "body, @FILE", FORM_LABEL_W, y + 2);
  put_line(p, STOP_ANSWER, (struct rect){line, y + 2, w - line, 1});
  return y + 3;
}

static int put_do(struct placing *p, int y, int w) {
  int line = FORM_LABEL_W + TICK_W + WORD_W;
  put_label(p, "DO", 0, y);
  y = put_choices(p, STOP_ACTION, (struct rect){FORM_LABEL_W, y, w - FORM_LABEL_W, 1});
  if (rule_form_is_answer(p->form))
    return put_answer(p, y, w);
  if (stop_is_there(p->form, STOP_SIDE)) {
    put_label(p, stops[STOP_SIDE].word, FORM_LABEL_W, y);
    y = put_choices(p, STOP_SIDE, (struct rect){line, y, w - line, 1});
  }
  if (stop_is_there(p->form, STOP_HOW)) {
    put_line(p, STOP_HOW, (struct rect){FORM_LABEL_W, y, w - FORM_LABEL_W, 1});
    y++;
  }
  return y;
}

void form_place(struct form_place *to, const struct rule_form *f, int width) {
  struct placing p = {to, f};
  to->spot.n = 0;
  to->label.n = 0;
  put_label(&p, "name", 0, 0);
  put_line(&p, STOP_NAME, (struct rect){FORM_LABEL_W, 0, width - FORM_LABEL_W, 1});
  to->rows = put_do(&p, put_when(&p, 1, width), width);
}

void form_place_clear(struct form_place *p) {
  VEC_CLEAR(&p->spot);
  VEC_CLEAR(&p->label);
}

const struct spot *form_place_of(const struct form_place *p, enum stop s) {
  for (size_t i = 0; i < p->spot.n; i++)
    if (p->spot.v[i].stop == s && p->spot.v[i].choice != SPOT_TICK)
      return &p->spot.v[i];
  return NULL;
}
