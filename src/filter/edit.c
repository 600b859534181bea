/* A filter text with a term more or less: what = and - put there from the flow under the cursor. */
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

/* ---- a term from a flow ---- */

static bool is_plain(struct slice value) {
  for (size_t i = 0; i < value.n; i++) {
    char c = value.p[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
          (c && strchr("/._-%=&+,;:@$[]", c))))
      return false;
  }
  return value.n > 0;
}

static bool put_exact(struct buf *out, const char *field, struct slice value) {
  buf_printf(out, "%s=", field);
  if (is_plain(value)) {
    buf_add_slice(out, value);
    return true;
  }
  buf_add_byte(out, '"');
  for (size_t i = 0; i < value.n; i++) {
    if (value.p[i] == '"' || value.p[i] == '\\')
      buf_add_byte(out, '\\');
    buf_add_byte(out, value.p[i]);
  }
  buf_add_byte(out, '"');
  return true;
}

static bool put_path(const struct flow *f, struct buf *out, struct err *err) {
  struct slice path = flow_path(f);
  ptrdiff_t query = slice_find_byte(path, '?');
  if (!path.n)
    return err_set(err, "a tunnel has no path");
  return put_exact(out, "path", query < 0 ? path : slice_sub(path, 0, (size_t)query));
}

static bool put_method(const struct flow *f, struct buf *out, struct err *err) {
  struct slice method = flow_method(f);
  if (!method.n)
    return err_set(err, "there is no request yet");
  if (!word_method(method))
    return put_exact(out, "method", method);
  buf_add_slice(out, method);
  return true;
}

static bool put_status(const struct flow *f, struct buf *out, struct err *err) {
  const char *word = flow_error_word(f->error);
  if (flow_status(f))
    buf_printf(out, "%d", flow_status(f));
  else if (f->error == ERROR_NONE)
    return err_set(err, "there is no answer yet");
  else if (state_find(slice_of(word)))
    buf_add_text(out, word);
  else
    buf_printf(out, "error:%s", word);
  return true;
}

static bool put_type(const struct flow *f, struct buf *out, struct err *err) {
  struct buf type = BUF_INIT;
  bool good = field_find(SLICE("type"))->text(f, &type);
  if (good)
    put_exact(out, "type", buf_slice(&type));
  buf_clear(&type);
  return good || err_set(err, "the answer has no media type");
}

/* The program, where it is known: on one machine all clients have the same address. */
static bool put_client(const struct flow *f, struct buf *out, struct err *err) {
  char text[ADDRESS_TEXT];
  struct buf process = BUF_INIT;
  bool known = field_find(SLICE("process"))->text(f, &process);
  if (known)
    put_exact(out, "process", buf_slice(&process));
  buf_clear(&process);
  if (known)
    return true;
  if (!f->client.family)
    return err_set(err, "no client asked for this");
  struct slice address = slice_of(address_text(&f->client, text, sizeof text));
  while (address.n && address.p[address.n - 1] != ':')
    address.n--;
  return put_exact(out, "client", slice_sub(address, 0, address.n ? address.n - 1 : 0));
}

/* With the port where that is not the scheme's own: on one machine it is what tells services apart. */
static bool put_host(const struct flow *f, struct buf *out, struct err *err) {
  struct slice host = flow_host(f);
  if (!host.n)
    return err_set(err, "its host is not known");
  struct slice rest = slice_of(f->scheme_host);
  struct slice authority = slice_from(rest, (size_t)slice_find(rest, SLICE("://")) + 3);
  bool other = authority.n > host.n + (slice_starts(authority, SLICE("[")) ? 2 : 0);
  return put_exact(out, "host", other ? authority : host);
}

bool filter_term_of(const struct flow *f, enum filter_aspect aspect, struct buf *term, struct err *err) {
  switch (aspect) {
  case FILTER_BY_HOST:
    return put_host(f, term, err);
  case FILTER_BY_PATH:
    return put_path(f, term, err);
  case FILTER_BY_METHOD:
    return put_method(f, term, err);
  case FILTER_BY_STATUS:
    return put_status(f, term, err);
  case FILTER_BY_TYPE:
    return put_type(f, term, err);
  case FILTER_BY_CLIENT:
    break;
  }
  return put_client(f, term, err);
}

/* ---- the parts of a text ---- */

struct parts {
  VEC(const struct node *) part; /* in the order of the text */
  struct node *root;
};

static void add_part(struct parts *p, const struct node *node) {
  size_t at = p->part.n;
  while (at && p->part.v[at - 1]->from > node->from)
    at--;
  VEC_INSERT(&p->part, at, node);
}

static bool open_parts(struct parts *p, struct slice text) {
  unsigned slots;
  *p = (struct parts){0};
  if (!tree_parse(text, &p->root, &slots, NULL))
    return false;
  if (p->root && p->root->kind != NODE_AND)
    add_part(p, p->root);
  for (const struct node *c = p->root && p->root->kind == NODE_AND ? p->root->child : NULL; c; c = c->next)
    add_part(p, c);
  return true;
}

static void close_parts(struct parts *p) {
  VEC_CLEAR(&p->part);
  tree_free(p->root);
}

static const struct node *inside_not(const struct node *node, bool *negated) {
  *negated = node->kind == NODE_NOT;
  return *negated ? node->child : node;
}

/* The same thing is looked at; a plain state is not a value of anything. */
static bool same_thing(const struct node *a, const struct node *b) {
  return a->kind == NODE_TERM && b->kind == NODE_TERM && a->term == b->term && a->field == b->field &&
         (a->field || a->regex) && !a->name && !b->name;
}

/* A part that says another value of the same: "GET|POST" where POST comes. */
static bool about_the_same(const struct node *part, const struct node *term) {
  if (part->kind != NODE_OR)
    return same_thing(part, term);
  for (const struct node *c = part->child; c; c = c->next)
    if (!same_thing(c, term))
      return false;
  return true;
}

/* ---- editing ---- */

/* Beside mitmproxy's operators a word of ours goes by its full name. */
static void put_term(struct slice text, struct slice term, struct buf *out) {
  if (tree_speaks_mitmproxy(text) && !word_is_own_form(term))
    buf_add_text(out, word_method(term) ? "method=" : number_measures(term) ? "status=" : "is:");
  buf_add_slice(out, term);
}

static void put_others(struct slice text, const struct parts *p, size_t except, struct slice instead, struct buf *out) {
  for (size_t i = 0; i < p->part.n; i++) {
    const struct node *part = p->part.v[i];
    struct slice typed = slice_sub(text, part->from, part->to - part->from);
    if (i == except)
      typed = instead;
    if (typed.n && out->n)
      buf_add_byte(out, ' ');
    buf_add_slice(out, typed);
  }
}

/* "a | b" and a term more: the or goes into brackets, unless it is a tight one. */
static void put_with(struct slice text, const struct parts *p, struct slice term, struct buf *out) {
  struct parts both;
  struct slice typed = slice_trim(text);
  buf_add_slice(out, typed);
  buf_add_byte(out, ' ');
  buf_add_slice(out, term);
  bool good = open_parts(&both, buf_slice(out)) && both.part.n == p->part.n + 1;
  close_parts(&both);
  if (good)
    return;
  buf_reset(out);
  buf_printf(out, "(%.*s) %.*s", (int)typed.n, typed.p, (int)term.n, term.p);
}

static enum filter_edit edit(struct slice text, const struct parts *p, const struct node *wanted, struct slice term,
                             bool negated, struct buf *out) {
  for (size_t i = 0; i < p->part.n; i++) {
    bool not ;
    unsigned steps = 0;
    const struct node *part = inside_not(p->part.v[i], &not );
    if (!node_same(part, wanted, &steps))
      continue;
    put_others(text, p, i, not == negated ? slice_sub(term, 0, 0) : term, out);
    return not == negated ? FILTER_REMOVED : FILTER_REPLACED;
  }
  for (size_t i = 0; i < p->part.n && !negated; i++) {
    if (!about_the_same(p->part.v[i], wanted))
      continue;
    put_others(text, p, i, term, out);
    return FILTER_REPLACED;
  }
  if (p->part.n)
    put_with(text, p, term, out);
  else
    buf_add_slice(out, term);
  return FILTER_ADDED;
}

enum filter_edit filter_edit(struct slice text, struct slice term, bool negated, struct buf *out) {
  struct buf typed = BUF_INIT;
  struct parts parts, wanted = {0};
  enum filter_edit did = FILTER_ADDED;
  put_term(text, term, &typed);
  if (open_parts(&parts, text) && open_parts(&wanted, buf_slice(&typed)) && wanted.root) {
    if (negated)
      buf_insert(&typed, 0, "-", 1);
    did = edit(text, &parts, wanted.root, buf_slice(&typed), negated, out);
  } else {
    buf_add_slice(out, buf_slice(&typed));
  }
  close_parts(&parts);
  close_parts(&wanted);
  buf_clear(&typed);
  return did;
}
