/* JSON Web Tokens on a page: a line that holds one says so, and what it says is a page of its own. */
#include "ui/page_rows.h"
#include "weir/body/jwt.h"

#define HINT "   looks like a JWT: Enter decodes it"
#define BACK 4 /* lines of the head: so far below its field a hint may stand */

static bool in_body(const struct page *p, const struct page_place *place, struct body_line *line, struct slice *token) {
  if (p->lines == NULL || p->hex)
    return false;
  body_lines_get(p->lines, &place->body, line);
  return jwt_find(buf_slice(&line->text), token);
}

/* On the line, or on the field that the hint below it is about. */
static bool in_head(const struct page *p, size_t at, struct slice *token) {
  for (size_t i = 0; i < BACK && i <= at && at < p->head.n; i++) {
    const struct page_line *line = &p->head.v[at - i];
    if (jwt_find(buf_slice(&line->text), token))
      return true;
    if (line->role == ROLE_TEXT)
      return false;
  }
  return false;
}

bool page_token(const struct page *p, const struct page_place *place, struct buf *token) {
  struct body_line line = {.text = BUF_INIT};
  struct slice found;
  bool there = p->want.show == PAGE_TOKEN ? false
               : place->head == PAGE_BODY ? in_body(p, place, &line, &found)
                                          : in_head(p, place->head, &found);
  if (there) {
    buf_reset(token);
    buf_add_slice(token, found);
  }
  body_line_clear(&line);
  return there;
}

void page_token_hint(const struct page *p, struct body_line *line) {
  struct slice token;
  if (p->want.marks && !p->hex && jwt_find(buf_slice(&line->text), &token))
    page_say_behind(line, HINT);
}

static void put_line(void *arg, const struct body_line *from) {
  struct page *p = arg;
  struct page_line line = {.text = BUF_INIT, .role = ROLE_TEXT};
  buf_add_slice(&line.text, buf_slice(&from->text));
  line.spans = from->spans;
  line.span = mem_alloc((from->spans + 1) * sizeof *line.span);
  if (from->spans > 0)
    memcpy(line.span, from->span, from->spans * sizeof *line.span);
  VEC_PUSH(&p->head, line);
}

void page_token_rows(struct page *p, int64_t now_s) {
  jwt_read(p->want.token, now_s, put_line, p);
}
