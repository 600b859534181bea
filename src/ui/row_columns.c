/* Where the columns of a list stand, and their heads: see list_row.h. */
#include <string.h>

#include "ui/list_row.h"
#include "weir/base/text.h"

static int put_column(struct columns *cols, enum column column, int x, int w, int gap) {
  cols->at[column].x = x;
  cols->at[column].w = w;
  return x + w + gap;
}

/* Places the columns from `x` to the left edge's end; what stands right of the path is counted from the right. */
static void columns_right(struct columns *cols, int x, int width, int type, int size, int took, int bar) {
  int right = width;
  const int want[] = {bar, took, size, type};
  const enum column column[] = {COLUMN_BAR, COLUMN_TOOK, COLUMN_SIZE, COLUMN_TYPE};
  for (size_t i = 0; i < 4; i++)
    if (want[i] > 0) {
      right -= want[i];
      put_column(cols, column[i], right, want[i], 0);
      right -= 1;
    }
  put_column(cols, COLUMN_PATH, x, right > x ? right - x : 0, 0);
}

void columns_for(struct columns *cols, int width, bool clock) {
  memset(cols, 0, sizeof *cols);
  int x = put_column(cols, COLUMN_MARK, 0, 2, 0);
  if (width >= ROW_WIDE) {
    x = put_column(cols, COLUMN_NUMBER, x, 6, 1);
    if (clock)
      x = put_column(cols, COLUMN_CLOCK, x, 8, 1);
    x = put_column(cols, COLUMN_METHOD, x, 7, 1);
    x = put_column(cols, COLUMN_STATUS, x, 9, 1);
    if (width >= ROW_WIDEST)
      x = put_column(cols, COLUMN_PROCESS, x, 14, 1);
    x = put_column(cols, COLUMN_HOST, x, width / 6, 1);
    int wide = width >= ROW_WIDEST ? width / 6 : 0;
    columns_right(cols, x, wide > 0 ? width - wide - 1 : width, 5, 5, 7, wide > 0 ? 0 : 2);
    if (wide > 0)
      put_column(cols, COLUMN_WATERFALL, width - wide, wide, 0);
  } else if (width >= ROW_MEDIUM) {
    x = put_column(cols, COLUMN_NUMBER, x, 5, 1);
    if (clock)
      x = put_column(cols, COLUMN_CLOCK, x, 8, 1);
    x = put_column(cols, COLUMN_METHOD, x, 7, 1);
    x = put_column(cols, COLUMN_STATUS, x, 9, 1);
    columns_right(cols, x, width, 4, 5, 7, 0);
  } else {
    x = put_column(cols, COLUMN_METHOD, x, 4, 1);
    x = put_column(cols, COLUMN_STATUS, x, 5, 1);
    columns_right(cols, x, width, 0, 0, 6, 0);
  }
}

/* ---- heads ---- */

static const struct {
  const char *title, *field;
  bool right;
} heads[COLUMNS] = {
    [COLUMN_NUMBER] = {"#", "id", true},           [COLUMN_CLOCK] = {"TIME", "time", false},
    [COLUMN_METHOD] = {"METHOD", "method", false}, [COLUMN_STATUS] = {"  STAT", "status", false},
    [COLUMN_HOST] = {"HOST", "host", false},       [COLUMN_PATH] = {"PATH", "path", false},
    [COLUMN_TYPE] = {"TYPE", "type", false},       [COLUMN_SIZE] = {"SIZE", "size", true},
    [COLUMN_TOOK] = {"TOOK", "duration", true},    [COLUMN_PROCESS] = {"PROCESS", "process", false},
};

static bool joined(const struct columns *cols) {
  return cols->at[COLUMN_HOST].w == 0;
}

static const char *column_field(const struct columns *cols, enum column column) {
  return column == COLUMN_PATH && joined(cols) ? "url" : heads[column].field;
}

static void put_head(const struct columns *cols, enum column column, struct canvas *c, struct rect r, int y,
                     const char *sign) {
  struct slice title = slice_of(column == COLUMN_PATH && joined(cols) ? "URL" : heads[column].title);
  struct buf text = BUF_INIT;
  struct rect cell = {r.x + cols->at[column].x, y, cols->at[column].w, 1};
  size_t room = (size_t)cell.w, n = *sign != '\0' && title.n + 1 > room ? room - 1 : title.n;
  buf_add_slice(&text, slice_sub(title, 0, n));
  buf_add_text(&text, sign);
  if (column == COLUMN_PATH && joined(cols) && cols->suffix.n > 0 && cell.w >= (int)cols->suffix.n + 20)
    buf_printf(&text, "  (without %.*s)", (int)cols->suffix.n, cols->suffix.p);
  int w = (int)text_width(buf_slice(&text), TEXT_PLAIN);
  canvas_text(c, cell, heads[column].right && w < cell.w ? cell.x + cell.w - w : cell.x, y,
              *sign != '\0' ? ROLE_TEXT : ROLE_DIM, buf_slice(&text));
  buf_clear(&text);
}

void row_titles(const struct columns *cols, struct canvas *c, struct rect r, int y, const char *sorted, bool reverse) {
  for (unsigned i = 0; i < COLUMNS; i++) {
    enum column column = (enum column)i;
    const char *field = column_field(cols, column), *sign = "";
    if (field == NULL || cols->at[column].w == 0)
      continue;
    if (sorted != NULL && strcmp(field, sorted) == 0)
      sign = canvas_glyph(c, reverse ? GLYPH_LARGE_FIRST : GLYPH_SMALL_FIRST);
    put_head(cols, column, c, r, y, sign);
  }
}

const char *column_field_at(const struct columns *cols, struct rect r, int x) {
  for (unsigned i = 0; i < COLUMNS; i++) {
    int from = r.x + cols->at[i].x;
    if (cols->at[i].w > 0 && x >= from && x < from + cols->at[i].w)
      return column_field(cols, (enum column)i);
  }
  return NULL;
}
