/* set, add, remove: fields of a head. Lines that nobody named keep their bytes and their places. */
#include <string.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/words.h"
#include "weir/base/mem.h"
#include "weir/http/head_edit.h"

/* RFC 9110-5.6.2 */
static bool is_token(struct slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
      return false;
  }
  return s.n > 0;
}

/* Fields that say how a message is framed: weir sees to them, and a wrong one would cut or join messages. */
static bool is_framing(struct slice name) {
  return slice_eq_ascii(name, SLICE("Content-Length")) || slice_eq_ascii(name, SLICE("Transfer-Encoding"));
}

static bool check_name(struct slice whole, struct slice name, struct err *err) {
  if (!is_token(name))
    return err_set_at(err, words_place(whole, name), name.n, "\"%.*s\" is no field name", (int)name.n,
                      name.p ? name.p : "");
  return !is_framing(name) ||
         err_set_at(err, words_place(whole, name), name.n, "weir itself sees to %.*s, so that messages keep their ends",
                    (int)name.n, name.p);
}

static bool check_value(struct slice whole, struct slice value, struct err *err) {
  for (size_t i = 0; i < value.n; i++) {
    unsigned char c = (unsigned char)value.p[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f)
      return err_set_at(err, words_place(whole, value) + i, 1, "a control byte may not stand in a field");
  }
  return true;
}

static bool parse_field(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  deed_take_side(d, &rest);
  words_take(&rest, "header");
  ptrdiff_t colon = slice_find_byte(rest, ':');
  if (colon <= 0)
    return err_set_at(err, words_place(text, rest), rest.n, "a field is NAME: VALUE");
  struct slice name = slice_trim(slice_sub(rest, 0, (size_t)colon));
  struct slice value = slice_trim(slice_from(rest, (size_t)colon + 1));
  if (!check_name(text, name, err) || !check_value(text, value, err))
    return false;
  d->name = mem_dup_n(name.p, name.n);
  d->value = mem_dup_n(value.p ? value.p : "", value.n);
  return true;
}

static bool parse_name(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  deed_take_side(d, &rest);
  words_take(&rest, "header");
  struct slice name = words_next(&rest);
  if (name.n > 1 && name.p[name.n - 1] == ':')
    name.n--;
  if (rest.n)
    return err_set_at(err, words_place(text, rest), rest.n, "the name of one field is all that is wanted here");
  if (!check_name(text, name, err))
    return false;
  d->name = mem_dup_n(name.p, name.n);
  return true;
}

static bool set(const struct rule_deed *d, struct deed_scene *s) {
  http_head_set(&message_edit(s)->head, d->name, d->value);
  return true;
}

static bool add(const struct rule_deed *d, struct deed_scene *s) {
  http_head_add(&message_edit(s)->head, d->name, d->value);
  return true;
}

static bool take_out(const struct rule_deed *d, struct deed_scene *s) {
  if (!http_head_count(flow_sent_head(flow_side(s->flow, s->side)), d->name))
    return false;
  http_head_set(&message_edit(s)->head, d->name, NULL);
  return true;
}

const struct deed_ops deed_set = {
    "set",
    RULE_HEADER,
    parse_field,
    set,
    "set [request|response] NAME: VALUE",
    "Gives the field this value where it stands; adds it at the end where it is not there."};
const struct deed_ops deed_add = {"add",
                                  RULE_HEADER,
                                  parse_field,
                                  add,
                                  "add [request|response] NAME: VALUE",
                                  "Adds one more field of that name at the end."};
const struct deed_ops deed_remove = {"remove",
                                     RULE_HEADER,
                                     parse_name,
                                     take_out,
                                     "remove [request|response] NAME",
                                     "Takes all fields of that name out."};
