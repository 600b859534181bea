#include "weir/filter/datum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_path.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/base/text.h"
#include "weir/base/units.h"

#define JSON_READ   ((size_t)256 * 1024) /* of a decoded body */
#define NUMBER_TEXT 40                   /* what is longer is no number to sort by */

enum place { OF_FIELD, OF_REQUEST, OF_RESPONSE, OF_EITHER, OF_JSON };

struct datum {
  char *name;
  enum place place;
  const struct field *field;
  char *header;
  struct json_path *path;
};

static const struct {
  const char *name;
  enum place place;
} with_argument[] = {
    {"req.header", OF_REQUEST}, {"resp.header", OF_RESPONSE}, {"header", OF_EITHER}, {"json", OF_JSON}};

static bool unknown(struct slice name, struct err *err) {
  struct nearest nearest;
  struct buf safe = BUF_INIT;
  nearest_init(&nearest, name);
  for (size_t i = 0; i < field_table_n; i++)
    nearest_offer(&nearest, field_table[i].name);
  text_safe(&safe, slice_sub(name, 0, 60), TEXT_PLAIN);
  if (nearest.name)
    err_set_at(err, 0, name.n, "%s is no field; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set_at(err, 0, name.n, "%s is no field; a header is resp.header:NAME, a JSON value json:.path",
               buf_text(&safe));
  buf_clear(&safe);
  return false;
}

static bool wants_argument(struct slice name) {
  for (size_t i = 0; i < sizeof with_argument / sizeof *with_argument; i++)
    if (slice_eq(name, slice_of(with_argument[i].name)))
      return true;
  return false;
}

static bool is_body(const struct field *field) {
  return strcmp(field->name, "body") == 0 || strcmp(field->name, "req.body") == 0 ||
         strcmp(field->name, "resp.body") == 0;
}

static bool take_field(struct datum *d, struct slice name, struct err *err) {
  if (wants_argument(name))
    return err_set_at(err, 0, name.n, "which one? %.*s:NAME", (int)name.n, name.p);
  d->field = field_find(name);
  if (!d->field)
    return unknown(name, err);
  if (is_body(d->field))
    return err_set_at(err, 0, name.n, "a whole body is too much for a column; json:.path shows a value in it");
  d->name = mem_dup(d->field->name);
  return true;
}

static bool take_argument(struct datum *d, struct slice name, size_t colon, struct err *err) {
  struct slice word = slice_sub(name, 0, colon), argument = slice_from(name, colon + 1);
  for (size_t i = 0; i < sizeof with_argument / sizeof *with_argument; i++)
    if (slice_eq(word, slice_of(with_argument[i].name))) {
      d->place = with_argument[i].place;
      d->name = mem_dup_n(name.p, name.n);
      if (!argument.n)
        return err_set_at(err, 0, name.n, "which one? %.*s:NAME", (int)word.n, word.p);
      if (d->place == OF_JSON) {
        d->path = json_path_new(argument, '?', SLICE(""), err);
        if (!d->path && err)
          err->at += colon + 1;
        return d->path != NULL;
      }
      d->header = mem_dup_n(argument.p, argument.n);
      return true;
    }
  return unknown(word, err);
}

struct datum *datum_new(struct slice name, struct err *err) {
  struct datum *d = mem_zero(1, sizeof *d);
  ptrdiff_t colon = slice_find_byte(name, ':');
  bool good = slice_find_byte(name, '\0') < 0 || err_set_at(err, 0, name.n, "a zero byte stands in the name");
  if (good)
    good = colon < 0 ? take_field(d, name, err) : take_argument(d, name, (size_t)colon, err);
  if (good)
    return d;
  datum_free(d);
  return NULL;
}

struct datum *datum_copy(const struct datum *d) {
  return d ? datum_new(slice_of(d->name), NULL) : NULL;
}

void datum_free(struct datum *d) {
  if (!d)
    return;
  json_path_free(d->path);
  free(d->header);
  free(d->name);
  free(d);
}

const char *datum_name(const struct datum *d) {
  return d->name;
}

const struct field *datum_field(const struct datum *d) {
  return d->field;
}

bool datum_reads_bodies(const struct datum *d) {
  return d->place == OF_JSON;
}

bool datum_grows(const struct datum *d) {
  return d->field && strcmp(d->field->name, "duration") == 0;
}

/* ---- what a flow has ---- */

static bool find_header(const struct flow_message *m, const char *name, struct buf *text) {
  const struct http_head *head = flow_sent_head(m);
  struct slice value;
  if (!head->raw || !http_head_find(head, name, &value))
    return false;
  buf_add_slice(text, value);
  return true;
}

static bool find_json(const struct datum *d, const struct flow *f, struct buf *text) {
  struct buf body = BUF_INIT;
  struct err err = ERR_INIT;
  bool found = false;
  if (!flow_finished(f) || !flow_sent_body(&f->response)->kept)
    return false;
  flow_body_decoded(&f->response, true, JSON_READ, &body, &err);
  struct json_walk *walk = json_walk_new(d->path);
  enum json_found answer = json_walk_feed(walk, buf_slice(&body));
  found = answer == JSON_FOUND || (answer == JSON_MORE && json_walk_end(walk));
  if (found)
    buf_add_slice(text, json_walk_value(walk));
  json_walk_free(walk);
  buf_clear(&body);
  return found;
}

/* "12.50", "-3", "1e6": all of the text, and nothing that strtod() alone would take for a number ("inf", "0x10"). */
static bool is_number(struct slice text, double *number) {
  char copy[NUMBER_TEXT + 1], *end;
  if (!text.n || text.n > NUMBER_TEXT)
    return false;
  for (size_t i = 0; i < text.n; i++)
    if (!text.p[i] || !strchr("0123456789+-.eE", text.p[i]))
      return false;
  memcpy(copy, text.p, text.n);
  copy[text.n] = '\0';
  *number = strtod(copy, &end);
  return end != copy && !*end && isfinite(*number);
}

static bool find_text(const struct datum *d, const struct flow *f, struct buf *text) {
  switch (d->place) {
  case OF_REQUEST:
    return find_header(&f->request, d->header, text);
  case OF_RESPONSE:
    return find_header(&f->response, d->header, text);
  case OF_EITHER:
    return find_header(&f->response, d->header, text) || find_header(&f->request, d->header, text);
  case OF_JSON:
    return find_json(d, f, text);
  default:
    return d->field && d->field->text(f, text);
  }
}

static bool is_age(const struct field *field) {
  return strcmp(field->name, "age") == 0;
}

enum datum_kind datum_get(const struct datum *d, const struct flow *f, uint64_t now, double *number, struct buf *text) {
  size_t before = text->n;
  int64_t value;
  if (d->field && d->field->number) {
    if (!d->field->number(f, now, &value))
      return DATUM_NONE;
    *number = is_age(d->field) ? (double)value - (double)now : (double)value;
    return DATUM_NUMBER;
  }
  if (!find_text(d, f, text)) {
    text->n = before;
    return DATUM_NONE;
  }
  if (d->place != OF_FIELD && is_number(slice_from(buf_slice(text), before), number))
    return DATUM_NUMBER;
  return DATUM_TEXT;
}

static void show_number(enum field_type type, int64_t value, struct buf *out) {
  char text[32];
  switch (type) {
  case FIELD_SIZE:
    buf_add_text(out, units_size((uint64_t)value, text, sizeof text));
    break;
  case FIELD_DURATION:
    buf_add_text(out, units_duration((uint64_t)value, text, sizeof text));
    break;
  case FIELD_TIME:
    buf_add_text(out, clock_time_of_day((uint64_t)value, text, sizeof text));
    break;
  case FIELD_FLAG:
    buf_add_text(out, value ? "yes" : "");
    break;
  default:
    buf_printf(out, "%lld", (long long)value);
  }
}

bool datum_show(const struct datum *d, const struct flow *f, uint64_t now, struct buf *out) {
  int64_t value;
  if (!d->field || !d->field->number)
    return find_text(d, f, out);
  if (!d->field->number(f, now, &value))
    return false;
  show_number(d->field->type, value, out);
  return true;
}
