#include "ui/page_rows.h"

#include <string.h>

#include "ui/connection.h"
#include "weir/base/clock.h"

#define NAME_MAX        24           /* columns; a longer name pushes its own value to the right */
#define CONNECTION_NAME ((size_t)16) /* columns; names of the connection's facts are weir's own, and shorter */
#define ROOM_LEAST      ((size_t)12) /* for values: with less they are not broken here */
#define SAID_AT         4            /* where weir's own words begin */

static struct page_line *add_line(struct page *p, enum role role) {
  struct page_line line = {.text = BUF_INIT, .role = role};
  VEC_PUSH(&p->head, line);
  return &p->head.v[p->head.n - 1];
}

static void put_row(void *arg, struct slice name, struct slice value, enum row_tone tone) {
  static const enum role roles[] = {ROLE_TEXT, ROLE_TITLE_FOCUS, ROLE_DIM, ROLE_DIM, ROLE_OK, ROLE_CLIENT_ERROR};
  struct page_line *line = add_line(arg, roles[tone]);
  if (tone == ROW_TITLE || tone == ROW_PLAIN)
    buf_add_slice(&line->text, name);
  else
    buf_add(&line->text, "    ", SAID_AT);
  line->name_n = tone == ROW_PLAIN ? (uint32_t)name.n : 0;
  line->table = tone == ROW_PLAIN && name.n + value.n > 0;
  if (tone == ROW_BAD)
    buf_add_text(&line->text, "! ");
  buf_add_slice(&line->text, value);
}

/* Values stand below each other. */
static void align(struct page *p) {
  static const char blanks[NAME_MAX + 3] = "                          ";
  size_t width = 8;
  for (size_t i = 0; i < p->head.n; i++) {
    const struct page_line *line = &p->head.v[i];
    size_t columns = text_width(slice_sub(buf_slice(&line->text), 0, line->name_n), TEXT_PLAIN);
    if (columns > width)
      width = columns < NAME_MAX ? columns : NAME_MAX;
  }
  for (size_t i = 0; i < p->head.n; i++) {
    struct page_line *line = &p->head.v[i];
    if (!line->table)
      continue;
    size_t columns = text_width(slice_sub(buf_slice(&line->text), 0, line->name_n), TEXT_PLAIN);
    size_t n = 2 + (columns < width ? width - columns : 0);
    buf_insert(&line->text, line->name_n, blanks, n);
    line->name_n += (uint32_t)n;
  }
}

/* How much of the text goes into one row: up to the last blank, or behind the last colon or comma, that fits; where there is
 * none, as much as fits. */
static size_t row_of_words(struct slice text, size_t columns) {
  size_t n = text_cut(text, columns, TEXT_PLAIN, NULL);
  if (n >= text.n || text.p[n] == ' ')
    return n;
  for (size_t at = n; at > 0; at--)
    if (strchr(" :,", text.p[at - 1]) != NULL && text.p[at - 1] != '\0')
      return at;
  return n;
}

/* Below its name stands nothing but more of the value. */
static void put_connection(void *arg, const char *name, struct slice value, enum connection_tone tone) {
  struct page *p = arg;
  size_t room = p->want.width > CONNECTION_NAME + ROOM_LEAST ? p->want.width - CONNECTION_NAME : SIZE_MAX;
  do {
    struct page_line *line = add_line(p, tone == CONNECTION_BAD ? ROLE_ERROR : ROLE_TEXT);
    if (value.n == 0 && name[0] == '\0')
      return;
    buf_printf(&line->text, "%-14s  ", name);
    line->name_n = (uint32_t)line->text.n;
    size_t n = row_of_words(value, room);
    struct slice row = slice_sub(value, 0, n > 0 ? n : value.n);
    value = slice_from(value, row.n);
    while (value.n > 0 && value.p[0] == ' ')
      value = slice_from(value, 1);
    while (row.n > 0 && row.p[row.n - 1] == ' ')
      row.n--;
    buf_add_slice(&line->text, row);
    name = "";
  } while (value.n > 0);
}

/* The wall clock as the loop has it. */
static int64_t now_s(const struct page *p, const struct flow *f) {
  uint64_t since = p->now > f->times.start ? (p->now - f->times.start) / CLOCK_S : 0;
  return (int64_t)(f->wall_us / 1000000 + since);
}

static void put_query(struct page *p, const struct rows *rows, const struct flow *f) {
  struct buf plain = BUF_INIT;
  struct err err = ERR_INIT;
  flow_body_decoded(&f->request, p->want.sent, PAGE_FIRST, &plain, &err);
  query_rows(rows, f, p->want.sent, buf_slice(&plain));
  if (plain.n >= PAGE_FIRST)
    rows_say(rows, "of the first MB of the body");
  buf_clear(&plain);
}

void page_rows(struct page *p, const struct flow *f) {
  struct rows rows = {.put = put_row, .arg = p, .now_s = now_s(p, f), .redact = p->want.redact, .ascii = p->want.ascii};
  switch (p->want.show) {
  case PAGE_HEADERS:
    header_rows(&rows, f, p->want.side, p->want.sent);
    break;
  case PAGE_COOKIES:
    cookie_rows(&rows, f, p->want.side, p->want.sent);
    break;
  case PAGE_QUERY:
    put_query(p, &rows, f);
    break;
  case PAGE_TIMING:
    timing_rows(&rows, f, p->now, p->want.width > 60 ? 30 : p->want.width > 40 ? p->want.width - 30 : 0, p->want.ascii);
    break;
  case PAGE_TOKEN:
    page_token_rows(p, rows.now_s);
    return;
  default:
    connection_lines(f, p->want.side, put_connection, p);
    return;
  }
  align(p);
}

struct brief {
  struct page *page;
  size_t column;
  bool warned; /* one warning a field is enough here */
};

static void put_brief(void *arg, struct slice name, struct slice value, enum row_tone tone) {
  struct brief *b = arg;
  (void)name;
  if (tone == ROW_SAID || (tone == ROW_BAD && b->warned))
    return;
  b->warned |= tone == ROW_BAD;
  struct page_line *line = add_line(b->page, tone == ROW_BAD ? ROLE_CLIENT_ERROR : ROLE_DIM);
  for (size_t i = 0; i < b->column; i++)
    buf_add_byte(&line->text, ' ');
  ptrdiff_t colon = slice_find_byte(value, ':');
  if (tone == ROW_BAD) {
    buf_add_text(&line->text, "! ");
    value = slice_sub(value, 0, colon < 0 ? value.n : (size_t)colon);
  }
  buf_add_slice(&line->text, value);
}

void page_field_warnings(struct page *p, const struct flow *f, const struct http_head *head,
                         const struct http_field *field, size_t column) {
  struct brief brief = {p, column, false};
  struct rows rows = {
      .put = put_brief, .arg = &brief, .now_s = now_s(p, f), .redact = p->want.redact, .ascii = p->want.ascii};
  header_warnings(&rows, f, p->want.side, head, field);
}
