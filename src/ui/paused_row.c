#include "ui/paused_row.h"

#include <stdio.h>
#include <string.h>

#include "ui/list_row.h"
#include "ui/secure_words.h"

struct places { /* x and width of each column */
  struct rect number, wait, direction, method, host, path, then, why, client;
};

static struct rect take(int *x, int w, int y) {
  struct rect r = {*x, y, w, 1};
  *x += w + 1;
  return r;
}

static struct places places_for(struct rect row) {
  int x = row.x + 1, w = row.w;
  struct places p;
  p.number = take(&x, 5, row.y);
  p.wait = take(&x, 6, row.y);
  p.direction = take(&x, 10, row.y);
  p.method = take(&x, 7, row.y);
  p.host = take(&x, w / 7, row.y);
  int path = x, right = row.x + w;
  int client = w / 8, why = w / 6, then = 11;
  x = right - client;
  p.client = take(&x, client, row.y);
  x = right - client - why - 1;
  p.why = take(&x, why, row.y);
  x = right - client - why - then - 2;
  p.path = (struct rect){path, row.y, x - 1 - path, 1};
  p.then = take(&x, then, row.y);
  return p;
}

void paused_titles(struct canvas *c, struct rect r) {
  struct places p = places_for(r);
  canvas_text(c, p.number, p.number.x + 4, r.y, ROLE_DIM, SLICE("#"));
  canvas_text(c, p.wait, p.wait.x + 2, r.y, ROLE_DIM, SLICE("WAIT"));
  canvas_text(c, p.direction, p.direction.x, r.y, ROLE_DIM, SLICE("DIR"));
  canvas_text(c, p.method, p.method.x, r.y, ROLE_DIM, SLICE("METHOD"));
  canvas_text(c, p.host, p.host.x, r.y, ROLE_DIM, SLICE("HOST"));
  canvas_text(c, p.path, p.path.x, r.y, ROLE_DIM, SLICE("PATH"));
  canvas_text(c, p.then, p.then.x, r.y, ROLE_DIM, SLICE("THEN"));
  canvas_text(c, p.why, p.why.x, r.y, ROLE_DIM, SLICE("WHY"));
  canvas_text(c, p.client, p.client.x, r.y, ROLE_DIM, SLICE("CLIENT"));
}

/* the intercept: "break: POST path=/login"; or nothing */
static void paused_why(const struct flow *f, struct buf *out) {
  if (f->pause != NULL && f->pause->why != NULL)
    buf_printf(out, "%s%s", f->pause->once ? "break: " : "", f->pause->why);
}

void paused_client(const struct flow *f, struct buf *out) {
  struct slice agent;
  char address[ADDRESS_TEXT];
  if (f->process != NULL && f->process->name != NULL) {
    buf_add_text(out, f->process->name);
  } else if (f->request.head.raw != NULL && http_head_find(&f->request.head, "User-Agent", &agent) && agent.n > 0) {
    ptrdiff_t end = slice_find_byte(agent, ' ');
    buf_add_slice(out, end > 0 ? slice_sub(agent, 0, (size_t)end) : agent);
  } else {
    buf_add_text(out, address_text(&f->client, address, sizeof address));
  }
}

/* What does not fit is seen to be cut. */
static int put(struct canvas *c, struct rect cell, enum role role, struct slice text) {
  if (cell.w < 2 || (int)text_width(text, TEXT_PLAIN) <= cell.w)
    return canvas_text(c, cell, cell.x, cell.y, role, text);
  struct rect shorter = {cell.x, cell.y, cell.w - 1, 1};
  int x = canvas_text(c, shorter, cell.x, cell.y, role, text);
  return canvas_text(c, cell, x, cell.y, role, slice_of(canvas_glyph(c, GLYPH_ELLIPSIS)));
}

/* A response shows its status, both what else there is to know. */
static void put_path(struct canvas *c, struct rect cell, const struct flow *f) {
  char status[32] = "";
  if (f->paused == FLOW_PAUSED_RESPONSE)
    snprintf(status, sizeof status, "%d", flow_status(f));
  const char *words = flow_unverified(f) ? "not verified" : flow_edited(f) ? "edited" : "";
  int side = (int)(text_width(slice_of(status), TEXT_PLAIN) + text_width(slice_of(words), TEXT_PLAIN));
  side += (*status != '\0') + (*words != '\0');
  struct rect path = {cell.x, cell.y, cell.w - side, 1};
  int x = put(c, path, ROLE_TEXT, flow_path(f));
  if (*status != '\0')
    x = canvas_text(c, cell, x + 1, cell.y, flow_is_failure(f) ? ROLE_CLIENT_ERROR : ROLE_TEXT, slice_of(status));
  if (*words != '\0')
    canvas_text(c, cell, x + 1, cell.y, flow_unverified(f) ? ROLE_CLIENT_ERROR : ROLE_DIM, slice_of(words));
}

void paused_row_draw(const struct ui *ui, struct canvas *c, struct rect row, const struct flow *f, bool selected) {
  struct places p = places_for(row);
  char wait[24];
  struct buf text = BUF_INIT;
  canvas_text(c, row, row.x, row.y, ROLE_TEXT, selected ? SLICE(">") : SLICE(" "));
  canvas_print(c, p.number, p.number.x, row.y, ROLE_TEXT, "%5llu", (unsigned long long)f->id);
  canvas_print(c, p.wait, p.wait.x, row.y, ROLE_TEXT, "%6s",
               words_wait(flow_paused_for(f, ui_now(ui)), wait, sizeof wait));
  canvas_print(c, p.direction, p.direction.x, row.y, ROLE_PAUSED, "%s %s", canvas_glyph(c, GLYPH_PAUSED),
               f->paused == FLOW_PAUSED_RESPONSE ? "response" : "request");
  put(c, p.method, ROLE_TEXT, flow_method(f));
  row_host(f, &text);
  put(c, p.host, ROLE_TEXT, buf_slice(&text));
  put_path(c, p.path, f);
  buf_reset(&text);
  if (f->client_gone)
    buf_add_text(&text, "client gone");
  else if (!row_deadline(f, ui_now(ui), &text))
    buf_add_text(&text, "waits");
  canvas_text(c, p.then, p.then.x, row.y, f->client_gone ? ROLE_ERROR : ROLE_TEXT, buf_slice(&text));
  buf_reset(&text);
  paused_why(f, &text);
  put(c, p.why, ROLE_DIM, buf_slice(&text));
  buf_reset(&text);
  paused_client(f, &text);
  put(c, p.client, ROLE_DIM, buf_slice(&text));
  if (selected) {
    canvas_role(c, row, ROLE_SELECTED);
    canvas_cursor(c, row.x, row.y);
  }
  buf_clear(&text);
}

/* ---- how long clients wait ---- */

void patience_learn(struct ui *ui, const struct flow *f) {
  if (!f->client_gone || f->paused == FLOW_RUNNING || f->pause == NULL || f->pause->gone == 0)
    return;
  struct buf name = BUF_INIT;
  paused_client(f, &name);
  struct patience *slot = &ui->patience[0];
  for (size_t i = 0; i < PATIENCES; i++) {
    struct patience *p = &ui->patience[i];
    if (strncmp(p->client, buf_text(&name), sizeof p->client - 1) == 0) {
      slot = p;
      break;
    }
    if (p->at < slot->at)
      slot = p;
  }
  if (f->pause->gone > slot->at) {
    snprintf(slot->client, sizeof slot->client, "%s", buf_text(&name));
    slot->at = f->pause->gone;
    slot->ns = f->pause->gone > f->times.start ? f->pause->gone - f->times.start : 0;
  }
  buf_clear(&name);
}

bool paused_patience(const struct ui *ui, const struct flow *f, uint64_t *ns) {
  struct buf name = BUF_INIT;
  bool known = false;
  paused_client(f, &name);
  for (size_t i = 0; i < PATIENCES && !known; i++)
    if (ui->patience[i].at != 0 &&
        strncmp(ui->patience[i].client, buf_text(&name), sizeof ui->patience[i].client - 1) == 0) {
      *ns = ui->patience[i].ns;
      known = true;
    }
  buf_clear(&name);
  return known;
}
