/* What an action may be: the table, and what all kinds share. */
#include "rule/deed.h"

#include <stdlib.h>

#include "rule/jar.h"
#include "rule/served.h"
#include "rule/words.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"

/* `pause` is the lane's to do; its words are an intercept's. */
static const struct deed_ops deed_pause = {"pause",
                                           RULE_PAUSE,
                                           NULL,
                                           NULL,
                                           "pause [once] [responses] [after TIME send|drop|504]",
                                           "Holds the message until the person lets it go, or the time is over."};

static const struct deed_ops *const table[] = {
    &deed_pause,         &deed_set,         &deed_add,      &deed_remove,    &deed_replace,
    &deed_answer,        &deed_file,        &deed_recorded, &deed_redirect,  &deed_block,
    &deed_pipe,          &deed_send_to,     &deed_delay,    &deed_throttle,  &deed_fault,
    &deed_tag,           &deed_colour,      &deed_pass,     &deed_anticache, &deed_anticompression,
    &deed_sticky_cookie, &deed_sticky_auth,
};

const struct deed_ops *deed_nth(size_t i) {
  return i < sizeof table / sizeof *table ? table[i] : NULL;
}

static const struct deed_ops *find(struct slice word) {
  const struct deed_ops *ops;
  for (size_t i = 0; (ops = deed_nth(i)) != NULL; i++)
    if (slice_eq(slice_of(ops->word), word))
      return ops;
  return NULL;
}

static bool unknown(struct slice word, struct err *err) {
  struct buf list = BUF_INIT;
  struct nearest near;
  const struct deed_ops *ops;
  nearest_init(&near, word);
  for (size_t i = 0; (ops = deed_nth(i)) != NULL; i++) {
    buf_printf(&list, "%s%s", i ? ", " : "", ops->word);
    nearest_offer(&near, ops->word);
  }
  if (word.n == 0)
    err_set(err, "what is to be done? One of %s", buf_text(&list));
  else if (near.name)
    err_set_at(err, 0, word.n, "\"%.*s\" is no action: %s?", (int)word.n, word.p, near.name);
  else
    err_set_at(err, 0, word.n, "\"%.*s\" is no action: %s", (int)word.n, word.p, buf_text(&list));
  buf_clear(&list);
  return false;
}

/* What stands behind the first word; a place also where that is nothing. */
static struct slice behind_word(struct slice action, struct slice *word) {
  struct slice rest = action;
  *word = words_next(&rest);
  return rest.n ? rest : slice_make(action.p + action.n, 0);
}

bool deed_word(struct slice action, enum rule_kind *kind, struct slice *rest, struct err *err) {
  struct slice word;
  *rest = behind_word(action, &word);
  const struct deed_ops *ops = find(word);
  if (!ops)
    return unknown(word, err);
  *kind = ops->kind;
  return true;
}

struct rule_deed *deed_parse(struct slice action, bool of_response, struct err *err) {
  struct slice word, rest = behind_word(action, &word);
  struct rule_deed *d = mem_zero(1, sizeof *d);
  d->ops = find(word);
  d->response = of_response;
  bool good = d->ops->parse(d, rest, err);
  if (!good && err)
    err->at += (size_t)(rest.p - action.p);
  if (good && of_response && !d->response)
    good = err_set_at(err, 0, word.n, "the filter asks for a response, and when that is there the request has gone");
  if (!good) {
    deed_free(d);
    return NULL;
  }
  return d;
}

void deed_free(struct rule_deed *d) {
  if (!d)
    return;
  free(d->name);
  free(d->value);
  pattern_free(d->pattern);
  jar_unref(d->jar);
  served_unref(d->served);
  free(d);
}

void deed_remember(struct rule_deed *d, const struct rule_deed *like) {
  if (d && like && d->jar && like->jar) {
    jar_unref(d->jar);
    d->jar = jar_ref(like->jar);
  }
  if (d && like && d->served && like->served) {
    served_unref(d->served);
    d->served = served_ref(like->served);
  }
}

void deed_begin_anew(struct rule_deed *d) {
  if (d->served)
    served_forget(d->served);
}

void deed_take_side(struct rule_deed *d, struct slice *rest) {
  if (words_take(rest, "response"))
    d->response = true;
  else if (words_take(rest, "request"))
    d->response = false;
}

bool deed_of_response(const struct rule_deed *d) {
  return d->response;
}
