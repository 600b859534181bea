#include "rule/import_yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "weir/base/mem.h"

struct reading {
  yaml_parser_t parser;
  char *key; /* whose value is read; NULL: a key comes next */
  unsigned depth;
  bool keyless; /* the key is no text: what it has is passed over */
  import_yaml_fn found;
  void *arg;
};

/* An alias is not followed: its name, which is no value of an option. */
static struct slice text_of(const yaml_event_t *e) {
  if (e->type == YAML_ALIAS_EVENT)
    return slice_of((const char *)e->data.alias.anchor);
  return slice_make((const char *)e->data.scalar.value, e->data.scalar.length);
}

static size_t line_of(const yaml_event_t *e) {
  return e->start_mark.line + 1;
}

/* `key:` with nothing behind it */
static bool is_nothing(const yaml_event_t *e) {
  struct slice text = text_of(e);
  return e->type == YAML_SCALAR_EVENT && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
         (text.n == 0 || slice_eq(text, SLICE("~")) || slice_eq(text, SLICE("null")));
}

static bool end_of_value(struct reading *r) {
  free(r->key);
  r->key = NULL;
  r->keyless = false;
  return true;
}

static bool scalar(struct reading *r, const yaml_event_t *e, struct err *err) {
  bool good = true;
  if (r->depth == 0)
    return err_set(err, "line %zu: it is no list of options: modify_headers: and its values below", line_of(e));
  if (r->depth == 1 && !r->key && !r->keyless) {
    struct slice key = text_of(e);
    r->key = mem_dup_n(key.p, key.n);
    return r->found(r->arg, slice_of(r->key), (struct slice){NULL, 0}, line_of(e), err);
  }
  if (r->key && r->depth <= 2 && !is_nothing(e))
    good = r->found(r->arg, slice_of(r->key), text_of(e), line_of(e), err);
  if (r->depth == 1)
    end_of_value(r);
  return good;
}

/* A mapping or a list begins. */
static bool deeper(struct reading *r, const yaml_event_t *e, struct err *err) {
  if (r->depth == 0 && e->type != YAML_MAPPING_START_EVENT)
    return err_set(err, "line %zu: it is no list of options: modify_headers: and its values below", line_of(e));
  if (r->depth == 1 && !r->key)
    r->keyless = !r->keyless; /* as a key it makes one that is none; as its value it ends it below */
  r->depth += e->type == YAML_MAPPING_START_EVENT && r->depth ? 2 : 1; /* a mapping's texts are no list's */
  return true;
}

static bool shallower(struct reading *r, const yaml_event_t *e) {
  r->depth -= e->type == YAML_MAPPING_END_EVENT && r->depth > 1 ? 2 : 1;
  return r->depth != 1 || !r->key || end_of_value(r);
}

static bool take(struct reading *r, const yaml_event_t *e, struct err *err) {
  switch (e->type) {
  case YAML_SCALAR_EVENT:
  case YAML_ALIAS_EVENT:
    return scalar(r, e, err);
  case YAML_SEQUENCE_START_EVENT:
  case YAML_MAPPING_START_EVENT:
    return deeper(r, e, err);
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    return shallower(r, e);
  case YAML_NO_EVENT:
  case YAML_STREAM_START_EVENT:
  case YAML_STREAM_END_EVENT:
  case YAML_DOCUMENT_START_EVENT:
  case YAML_DOCUMENT_END_EVENT:
    break;
  }
  return true;
}

bool import_yaml_read(struct slice text, import_yaml_fn found, void *arg, struct err *err) {
  struct reading r = {.found = found, .arg = arg};
  bool good = true, end = false;
  if (!yaml_parser_initialize(&r.parser))
    return err_set(err, "out of memory");
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
  while (good && !end) {
    yaml_event_t e;
    if (!yaml_parser_parse(&r.parser, &e)) {
      good = err_set(err, "line %zu: no YAML: %s", r.parser.problem_mark.line + 1,
                     r.parser.problem ? r.parser.problem : "it ends in the middle");
      break;
    }
    end = e.type == YAML_STREAM_END_EVENT;
    good = take(&r, &e, err);
    yaml_event_delete(&e);
  }
  yaml_parser_delete(&r.parser);
  free(r.key);
  return good;
}
