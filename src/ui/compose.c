#include "ui/compose.h"

#include <stdio.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/view_edit.h"
#include "weir/base/log.h"
#include "weir/file/curl_parse.h"
#include "weir/file/fetch_parse.h"
#include "weir/http/message.h"
#include "weir/http/url.h"

/* ---- what it may be ---- */

static struct slice first_line(struct slice text) {
  ptrdiff_t end = slice_find_byte(text, '\n');
  struct slice line = end >= 0 ? slice_sub(text, 0, (size_t)end) : text;
  return line.n > 0 && line.p[line.n - 1] == '\r' ? slice_sub(line, 0, line.n - 1) : line;
}

static struct slice trimmed(struct slice s) {
  while (s.n > 0 && strchr(" \t\r\n", *s.p) != NULL)
    s = slice_from(s, 1);
  while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
    s.n--;
  return s;
}

static bool is_raw(struct slice text) {
  struct slice line = first_line(text);
  ptrdiff_t version = slice_find(line, SLICE(" HTTP/1."));
  return version > 0 && (size_t)version + 9 == line.n && slice_find_byte(line, ' ') < version;
}

static bool is_url(struct slice text) {
  struct slice s = trimmed(text);
  return (slice_starts_ascii(s, SLICE("http://")) || slice_starts_ascii(s, SLICE("https://"))) && s.n < 65536 &&
         slice_find_byte(s, '\n') < 0 && slice_find_byte(s, ' ') < 0;
}

/* Is it something that a request can be made of? */
static bool compose_knows(struct slice text) {
  return curl_is_command(text) || fetch_is_call(text) || is_url(text) || is_raw(text);
}

static bool from_url(struct slice text, struct buf *message, struct err *err) {
  struct url url;
  ptrdiff_t fragment = slice_find_byte(text, '#');
  if (!url_parse(fragment >= 0 ? slice_sub(text, 0, (size_t)fragment) : text, &url, err))
    return false;
  buf_add_text(message, "GET ");
  buf_add_slice(message, url.scheme);
  buf_add_text(message, "://");
  buf_add_slice(message, url.authority);
  if (url.target.n == 0 || *url.target.p == '?')
    buf_add_byte(message, '/');
  buf_add_slice(message, url.target);
  buf_add_text(message, " HTTP/1.1\nHost: ");
  buf_add_slice(message, url.authority);
  buf_add_text(message, "\nAccept: */*\n\n");
  return true;
}

/* "GET /a HTTP/1.1" says where only in its Host field. */
static void from_raw(struct slice text, struct buf *message, struct buf *told) {
  struct slice line = first_line(text), rest = text, field, host = {NULL, 0};
  size_t at = (size_t)slice_find_byte(line, ' ') + 1;
  slice_split(&rest, '\n', &field);
  while (host.n == 0 && slice_split(&rest, '\n', &field) && field.n > 1)
    if (slice_starts_ascii(field, SLICE("host:")))
      host = trimmed(slice_from(field, 5));
  bool relative = at < line.n && line.p[at] == '/' && host.n > 0;
  buf_add(message, text.p, at);
  if (relative) {
    buf_add_text(message, "http://");
    buf_add_slice(message, host);
    buf_add_text(told, "it does not say by which scheme: http:// was put in, write https:// for TLS\n");
  }
  buf_add_slice(message, slice_from(text, at));
}

/* Appends the request to `message`, and to `told` what there is to say about it. False with a sentence. */
static bool compose_text(struct slice pasted, struct buf *message, struct buf *told, struct err *err) {
  if (curl_is_command(pasted))
    return curl_parse(pasted, message, told, err);
  if (fetch_is_call(pasted))
    return fetch_parse(pasted, message, told, err);
  if (is_url(pasted))
    return from_url(trimmed(pasted), message, err);
  if (!is_raw(pasted))
    return err_set(err, "this is no curl command, URL or raw request");
  from_raw(pasted, message, told);
  return true;
}

/* ---- the Host field ---- */

void compose_follow_host(struct buf *text, struct slice template_host) {
  struct slice line = first_line(buf_slice(text)), rest = buf_slice(text), field;
  ptrdiff_t blank = slice_find_byte(line, ' '), end = slice_find(line, SLICE(" HTTP/"));
  struct url url;
  if (template_host.n == 0 || blank < 0 || end <= blank ||
      !url_parse(slice_sub(line, (size_t)blank + 1, (size_t)(end - blank) - 1), &url, NULL) ||
      slice_eq(url.authority, template_host))
    return;
  slice_split(&rest, '\n', &field);
  while (slice_split(&rest, '\n', &field) && field.n > 1) {
    struct slice value = slice_starts_ascii(field, SLICE("host:")) ? trimmed(slice_from(field, 5)) : SLICE("");
    if (value.n == 0 || !slice_eq(value, template_host))
      continue;
    size_t at = (size_t)(value.p - text->p);
    struct buf host = BUF_INIT;
    buf_add_slice(&host, url.authority);
    buf_remove(text, at, value.n);
    buf_insert(text, at, host.p, host.n);
    buf_clear(&host);
    return;
  }
}

/* ---- on the screen ---- */

static void say_told(struct ui *ui, const struct buf *told, const char *what) {
  struct slice first = first_line(buf_slice(told));
  size_t lines = 0;
  for (size_t i = 0; i < told->n; i++)
    lines += told->p[i] == '\n';
  int n = (int)(first.n < 300 ? first.n : 300);
  if (lines == 0)
    ui_say(ui, "%s: Ctrl-S sends it", what);
  else if (lines == 1)
    ui_say(ui, "%.*s", n, first.p);
  else
    ui_say(ui, "%.*s (%zu more: F7)", n, first.p, lines - 1);
  struct slice rest = buf_slice(told), line;
  while (lines > 1 && slice_split(&rest, '\n', &line) && line.n > 0)
    log_write(LOG_INFO, "compose", 0, NULL, "%.*s", (int)line.n, line.p);
}

static void take(struct ui *ui, struct draft *d, const struct buf *message, const struct buf *told, const char *what) {
  editor_set_text(d->editor, buf_slice(message));
  ptrdiff_t end = slice_find(buf_slice(message), SLICE(" HTTP/"));
  editor_goto(d->editor, end > 0 ? (size_t)end : 0);
  d->template_host[0] = '\0';
  say_told(ui, told, what);
}

static const char *name_of(struct slice pasted) {
  return curl_is_command(pasted) ? "the request of that curl command"
         : fetch_is_call(pasted) ? "the request of that fetch()"
         : is_url(pasted)        ? "a request for that URL"
                                 : "that request";
}

/* A request line has no room for it: blanks and lines would only spoil what stands there. */
static bool spoils_first_line(const struct editor *e, struct slice pasted) {
  struct slice text = trimmed(pasted);
  size_t line, column;
  if (editor_in_hex(e) || (slice_find_byte(text, ' ') < 0 && slice_find_byte(text, '\n') < 0))
    return false;
  editor_place(e, &line, &column);
  return line == 1 && !editor_selection(e, &line, &column);
}

bool compose_into(struct ui *ui, struct draft *d, struct slice pasted) {
  struct buf lines = BUF_INIT, message = BUF_INIT, told = BUF_INIT;
  struct err err = ERR_INIT;
  bool fresh =
      (d->template_host[0] != '\0' && !editor_changed(d->editor)) || d->returned == editor_revision(d->editor) + 1;
  if (d->id != 0)
    return false;
  pasted = editor_pasted_lines(pasted, &lines);
  bool whole = curl_is_command(pasted) || fetch_is_call(pasted) ||
               (is_raw(pasted) && slice_find_byte(trimmed(pasted), '\n') >= 0);
  bool known = whole || (fresh && compose_knows(pasted)), spoils = !known && spoils_first_line(d->editor, pasted);
  if (known && compose_text(pasted, &message, &told, &err))
    take(ui, d, &message, &told, name_of(pasted));
  else if (known)
    ui_warn(ui, "%s", err.text);
  else if (spoils)
    ui_warn(ui, "no curl command, fetch(), URL or raw request: it was not put into the first line");
  buf_clear(&lines);
  buf_clear(&message);
  buf_clear(&told);
  return known || spoils;
}

static struct draft *open_draft(struct ui *ui, bool *again) {
  struct buf text = BUF_INIT;
  const struct flow *f = ui->cursor != 0 ? store_get(ui_store(ui), ui->cursor) : NULL;
  const char *origin =
      f != NULL && f->scheme_host != NULL && f->kind == FLOW_HTTP ? f->scheme_host : "http://localhost";
  const char *host = strstr(origin, "://") != NULL ? strstr(origin, "://") + 3 : origin;
  if (ui->drafts == NULL)
    ui->drafts = drafts_new(ui);
  buf_printf(&text, "GET %s/ HTTP/1.1\nHost: %s\nAccept: */*\n\n", origin, host);
  struct draft *d = draft_compose(ui->drafts, buf_slice(&text), again);
  if (!*again) {
    snprintf(d->template_host, sizeof d->template_host, "%s", host);
    editor_goto(d->editor, strlen("GET ") + strlen(origin) + 1);
  }
  buf_clear(&text);
  return d;
}

void act_compose(struct ui *ui, struct view *v, int count) {
  bool again;
  (void)v;
  (void)count;
  struct draft *d = open_draft(ui, &again);
  edit_show(ui, d);
  d->returned = again ? editor_revision(d->editor) + 1 : 0;
  if (again)
    ui_say(ui, "what you were composing is back; Alt-U undoes, pasting a request replaces it");
  else
    ui_say(ui, "a new request: type it, or paste curl, fetch(), a URL or a raw request");
}

void compose_paste(struct ui *ui, struct slice pasted) {
  struct buf lines = BUF_INIT, message = BUF_INIT, told = BUF_INIT;
  struct err err = ERR_INIT;
  bool again;
  if (trimmed(pasted).n == 0)
    return;
  struct slice text = editor_pasted_lines(pasted, &lines);
  if (!compose_knows(text)) {
    ui_say(ui, "pasted text is never keys; a curl command, fetch(), URL or raw request would open a new request");
  } else if (!compose_text(text, &message, &told, &err)) {
    ui_warn(ui, "%s", err.text);
  } else {
    struct draft *d = open_draft(ui, &again);
    edit_show(ui, d);
    take(ui, d, &message, &told, name_of(text));
  }
  buf_clear(&lines);
  buf_clear(&message);
  buf_clear(&told);
}
