#include "ui/redact.h"

#include <string.h>

#define LOOK ((size_t)64 * 1024) /* of a body, to see whether a secret is in it */

/* ---- names ---- */

/* Without regard to case, '-' and '_': "X-Api-Key" is "xapikey". False: longer than any of these. */
static bool plain_name(struct slice name, char *out, size_t size) {
  size_t n = 0;
  for (size_t i = 0; i < name.n; i++) {
    char c = name.p[i];
    if (c == '-' || c == '_')
      continue;
    if (n + 1 == size)
      return false;
    out[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
  }
  out[n] = '\0';
  return true;
}

bool redact_is_secret(struct slice name) {
  static const char *const whole[] = {"authorization", "proxyauthorization",
                                      "cookie",        "setcookie",
                                      "auth",          "pwd",
                                      "sid",           "session",
                                      "jwt",           "sig",
                                      "otp",           "pin",
                                      "credential",    "credentials",
                                      "bearer"};
  static const char *const ends[] = {"password",  "passwd",    "passphrase", "secret",     "token",     "apikey",
                                     "accesskey", "secretkey", "sessionid",  "privatekey", "signature", "userpass"};
  char plain[48];
  for (size_t i = name.n; i > 0; i--)
    if (name.p[i - 1] == '.') {
      name = slice_from(name, i);
      break;
    }
  if (name.n == 0 || !plain_name(name, plain, sizeof plain))
    return false;
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    if (strcmp(plain, whole[i]) == 0)
      return true;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t n = strlen(plain), m = strlen(ends[i]);
    if (n >= m && strcmp(plain + n - m, ends[i]) == 0)
      return true;
  }
  return false;
}

void redact_put(struct slice value, bool ascii, struct buf *out) {
  buf_printf(out, "%s %zu B", ascii ? "***" : "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2", value.n);
}

/* ---- values in a text ---- */

static bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* The name that ends there. */
static struct slice name_before(struct slice text, size_t end) {
  size_t begin = end;
  while (begin > 0 && in_name(text.p[begin - 1]))
    begin--;
  return slice_sub(text, begin, end - begin);
}

/* Up to one of these bytes, or a control. */
static size_t value_end(struct slice text, size_t at, const char *stops) {
  while (at < text.n && (unsigned char)text.p[at] >= 0x20 && strchr(stops, text.p[at]) == NULL)
    at++;
  return at;
}

static size_t string_end(struct slice text, size_t at) {
  while (at < text.n && text.p[at] != '"' && text.p[at] != '\n')
    at += text.p[at] == '\\' && at + 1 < text.n ? 2 : 1;
  return at < text.n ? at : text.n;
}

/* "token = a b", as a form is laid out: to the end of the line, or where another column may begin. */
static bool spaced_value(struct slice text, size_t i, struct slice *value) {
  size_t end = i;
  while (end > 0 && text.p[end - 1] == ' ')
    end--;
  if (end == i || i + 1 == text.n || text.p[i + 1] != ' ' || !redact_is_secret(name_before(text, end)))
    return false;
  *value = slice_sub(text, i + 2, value_end(text, i + 2, "") - i - 2);
  ptrdiff_t gap = slice_find(*value, SLICE("  "));
  *value = slice_trim(slice_sub(*value, 0, gap >= 0 ? (size_t)gap : value->n));
  return value->n > 0;
}

/* "token=abc" */
static bool form_value(struct slice text, size_t i, struct slice *value) {
  if (!redact_is_secret(name_before(text, i)))
    return spaced_value(text, i, value);
  *value = slice_sub(text, i + 1, value_end(text, i + 1, "&;# \"'<>,)") - i - 1);
  return value->n > 0;
}

/* "\"token\" : 12" */
static bool json_value(struct slice text, size_t i, struct slice *value) {
  size_t quote = i, at = i + 1;
  while (quote > 0 && text.p[quote - 1] == ' ')
    quote--;
  if (quote < 2 || text.p[quote - 1] != '"' || !redact_is_secret(name_before(text, quote - 1)))
    return false;
  while (at < text.n && text.p[at] == ' ')
    at++;
  if (at == text.n || text.p[at] == '{' || text.p[at] == '[')
    return false;
  bool string = text.p[at] == '"';
  at += string;
  *value = slice_sub(text, at, (string ? string_end(text, at) : value_end(text, at, ",}] ")) - at);
  return value->n > 0;
}

/* ".token \"a\" -> \"b\", " in flow_change.h's words. */
static bool changed_value(struct slice text, size_t i, struct slice *value) {
  struct slice name = name_before(text, i);
  if (slice_find_byte(name, '.') < 0 || !redact_is_secret(name))
    return false;
  struct slice rest = slice_from(text, i + 1);
  ptrdiff_t comma = slice_find(rest, SLICE(", ")), gap = slice_find(rest, SLICE("  "));
  size_t n = comma >= 0 ? (size_t)comma : rest.n;
  n = gap >= 0 && (size_t)gap < n ? (size_t)gap : n;
  *value = slice_sub(rest, 0, n);
  return slice_find(*value, SLICE(" -> ")) >= 0;
}

bool redact_find(struct slice text, size_t *at, struct slice *value) {
  for (size_t i = *at; i < text.n; i++) {
    char c = text.p[i];
    if ((c == '=' && form_value(text, i, value)) || (c == ':' && json_value(text, i, value)) ||
        (c == ' ' && changed_value(text, i, value))) {
      *at = (size_t)(value->p - text.p) + value->n;
      return true;
    }
  }
  return false;
}

bool redact_mask(char *text, size_t n) {
  struct slice value;
  bool any = false;
  for (size_t at = 0; redact_find(slice_make(text, n), &at, &value); any = true)
    memset(text + (value.p - text), '*', value.n);
  return any;
}

/* ---- all that is drawn ---- */

static bool is_frame(const struct cell *cell) {
  return cell->role == ROLE_BOX || cell->role == ROLE_TITLE;
}

static void redact_row(struct canvas *c, int y, struct buf *text, struct buf *places) {
  struct cell *row = &c->cell[(size_t)y * (size_t)c->width];
  struct slice value;
  buf_reset(text);
  buf_reset(places);
  for (int x = 0; x < c->width; x++) {
    bool bar = is_frame(&row[x]) && (unsigned char)row[x].bytes[0] >= 0x80;
    const char *bytes = row[x].paint.flags != 0 || row[x].role == ROLE_INPUT || bar ? "\n" : row[x].bytes;
    buf_add_text(text, bytes);
    for (size_t i = 0; bytes[i] != '\0'; i++)
      buf_add(places, &x, sizeof x);
  }
  for (size_t at = 0; redact_find(buf_slice(text), &at, &value);) {
    for (size_t i = (size_t)(value.p - text->p); i < at; i++) {
      int x;
      memcpy(&x, places->p + i * sizeof x, sizeof x);
      for (int k = x; k == x || (k < c->width && row[k].bytes[0] == '\0'); k++)
        memcpy(row[k].bytes, "*", 2);
    }
  }
}

void redact_canvas(struct canvas *c) {
  struct buf text = BUF_INIT, places = BUF_INIT;
  for (int y = 0; y < c->height; y++)
    redact_row(c, y, &text, &places);
  buf_clear(&text);
  buf_clear(&places);
}

/* ---- copying ---- */

static bool text_has_secret(struct slice text) {
  struct slice value;
  size_t at = 0;
  return redact_find(text, &at, &value);
}

static bool message_has_secret(const struct flow_message *m) {
  const struct http_head *head = flow_sent_head(m);
  struct http_field field;
  for (uint32_t at = 0; head->raw != NULL && http_head_next(head, &at, &field);)
    if (redact_is_secret(field.name))
      return true;
  return (head->raw != NULL && text_has_secret(http_head_start(head))) ||
         text_has_secret(slice_sub(body_at(flow_sent_body(m), 0), 0, LOOK));
}

bool redact_has_secret(const struct flow *f) {
  return message_has_secret(&f->request) || message_has_secret(&f->response);
}

bool redact_may_copy(struct ui *ui) {
  if (!ui->w->options->redact || ui->copies_secrets)
    return true;
  ui->copies_secrets = true;
  ui_say(ui, "what is hidden on the screen would be copied as it is: once more copies it");
  return false;
}
