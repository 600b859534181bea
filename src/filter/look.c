/* Looking at a flow: what several terms share. */
#include "tree.h"

#include <stdlib.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/body/kind.h"

#define TEXT_KEPT 65536

bool look_search(const struct node *node, struct look *look, struct slice subject) {
  return regex_search(node->regex, subject, &look->limit_hit);
}

uint64_t look_now(struct look *look) {
  if (!look->now)
    look->now = clock_mono();
  return look->now;
}

/* ---- heads ---- */

/* Stands the line in the raw head as "Name: value" already? Then it need not be copied. */
static bool is_plain(const struct http_field *field) {
  return field->line.n == field->name.n + field->value.n + 4 && field->line.p[field->name.n] == ':' &&
         field->line.p[field->name.n + 1] == ' ';
}

static void put_lines(const struct http_head *head, struct buf *out) {
  struct http_field field;
  uint32_t at = 0;
  buf_reset(out);
  while (http_head_next(head, &at, &field)) {
    buf_add_slice(out, field.name);
    buf_add_text(out, ": ");
    buf_add_slice(out, field.value);
    buf_add_text(out, "\r\n");
  }
}

bool look_search_head(const struct node *node, struct look *look, enum flow_side side) {
  const struct http_head *head = flow_sent_head(flow_side_const(look->flow, side));
  struct http_field field;
  uint32_t at = 0;
  bool plain = true;
  if (!head->raw)
    return false;
  while (plain && http_head_next(head, &at, &field))
    plain = is_plain(&field);
  if (!plain) {
    put_lines(head, &look->text);
    return look_search(node, look, buf_slice(&look->text));
  }
  struct slice lines = slice_from(http_head_raw(head), head->fields);
  return look_search(node, look, slice_sub(lines, 0, lines.n >= 2 ? lines.n - 2 : 0));
}

bool look_search_url(const struct node *node, struct look *look) {
  buf_reset(&look->text);
  flow_url(look->flow, &look->text);
  return look_search(node, look, buf_slice(&look->text));
}

bool look_search_type(const struct node *node, struct look *look, enum flow_side side) {
  const struct http_head *head = flow_sent_head(flow_side_const(look->flow, side));
  struct http_field field;
  uint32_t at = 0;
  while (head->raw && http_head_next_named(head, "content-type", &at, &field))
    if (look_search(node, look, field.value))
      return true;
  return false;
}

bool look_is_asset(const struct look *look) {
  const struct http_head *head = flow_sent_head(&look->flow->response);
  struct http_field field;
  uint32_t at = 0;
  while (head->raw && http_head_next_named(head, "content-type", &at, &field))
    if (body_is_asset(field.value))
      return true;
  return false;
}

bool look_is_websocket(const struct look *look) {
  const struct http_head *head = flow_sent_head(&look->flow->request);
  return flow_status(look->flow) == 101 && head->raw && http_head_has_token(head, "upgrade", "websocket");
}

/* ---- bodies ---- */

static enum answer look_body(const struct node *node, struct look *look, enum flow_side side) {
  signed char *known = &look->known[node->slot][side];
  const struct flow_message *message = flow_side_const(look->flow, side);
  if (*known >= 0)
    return (enum answer) * known;
  if (!look->scan.running)
    scan_start(&look->scan, message, node->regex, node->json);
  int found = scan_step(&look->scan, look->deadline, &look->limit_hit);
  if (found < 0)
    return ANSWER_MORE;
  *known = (signed char)found;
  return (enum answer)found;
}

enum answer look_bodies(const struct node *node, struct look *look) {
  for (int side = 0; side < 2; side++) {
    if (!(node->term->bodies & 1u << side))
      continue;
    enum answer answer = look_body(node, look, (enum flow_side)side);
    if (answer != ANSWER_NO)
      return answer;
  }
  return ANSWER_NO;
}

/* ---- one flow after the other ---- */

void look_begin(struct look *look, const struct flow *flow, size_t slots) {
  look_end(look);
  look->flow = flow;
  look->limit_hit = false;
  if (slots) {
    if (!look->known)
      look->known = mem_alloc(slots * sizeof *look->known);
    memset(look->known, -1, slots * sizeof *look->known);
  }
}

void look_end(struct look *look) {
  look->flow = NULL;
  if (look->scan.running)
    scan_stop(&look->scan);
  if (look->text.cap > TEXT_KEPT)
    buf_clear(&look->text);
}

void look_clear(struct look *look) {
  look_end(look);
  scan_clear(&look->scan);
  buf_clear(&look->text);
  free(look->known);
}
