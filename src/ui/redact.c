#include "ui/redact.h"

bool redact_is_secret(struct slice name) {
  static const char *const names[] = {"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (slice_eq_ascii(name, slice_of(names[i])))
      return true;
  return false;
}

void redact_put(struct slice value, bool ascii, struct buf *out) {
  buf_printf(out, "%s %zu B", ascii ? "***" : "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2", value.n);
}

static bool head_has_secret(const struct http_head *head) {
  struct http_field field;
  for (uint32_t at = 0; head->raw != NULL && http_head_next(head, &at, &field);)
    if (redact_is_secret(field.name))
      return true;
  return false;
}

bool redact_has_secret(const struct flow *f) {
  return head_has_secret(flow_sent_head(&f->request)) || head_has_secret(flow_sent_head(&f->response));
}

bool redact_may_copy(struct ui *ui) {
  if (!ui->w->options->redact || ui->copies_secrets)
    return true;
  ui->copies_secrets = true;
  ui_say(ui, "what is hidden on the screen would be copied as it is: once more copies it");
  return false;
}
