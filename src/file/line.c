#include "weir/file/line.h"

#include "secure_line.h"
#include "weir/base/clock.h"
#include "weir/base/emit.h"
#include "weir/base/text.h"
#include "weir/base/units.h"
#include "weir/body/decode.h"
#include "weir/body/kind.h"
#include "weir/flow/field.h"
#include "weir/tls/stream.h"

/* ---- for people ---- */

static void put_safe(struct buf *out, struct slice s) {
  if (s.n)
    text_safe(out, s, TEXT_PLAIN);
  else
    buf_add_byte(out, '-');
}

static void put_url(struct buf *out, const struct flow *f) {
  size_t at = out->n;
  flow_url(f, out);
  struct slice url = slice_from(buf_slice(out), at);
  if (url.n && text_is_safe(url))
    return;
  struct buf raw = BUF_INIT;
  buf_add_slice(&raw, url);
  buf_remove(out, at, url.n);
  put_safe(out, buf_slice(&raw));
  buf_clear(&raw);
}

static void put_outcome(struct buf *out, const struct flow *f) {
  if (f->state == FLOW_FAILED)
    buf_add_text(out, flow_error_word(f->error));
  else if (flow_status(f))
    buf_add_number(out, (uint64_t)flow_status(f));
  else
    buf_add_byte(out, '-');
}

/* One of these for every request that passes: no formats here. */
void line_text(const struct flow *f, struct buf *out) {
  char text[32], type[8];
  buf_add_text(out, clock_time_of_day(f->wall_us, text, sizeof text));
  buf_add_byte(out, ' ');
  put_safe(out, flow_method(f));
  buf_add_byte(out, ' ');
  put_outcome(out, f);
  buf_add_byte(out, ' ');
  put_url(out, f);
  if (f->kind == FLOW_TUNNEL) {
    buf_add_text(out, f->untouched ? " untouched tunnel up " : " tunnel up ");
    buf_add_text(out, units_size(f->up, text, sizeof text));
    buf_add_text(out, " down ");
    buf_add_text(out, units_size(f->down, text, sizeof text));
    if (f->quiet && f->state == FLOW_DONE)
      buf_add_text(out, " closed after the handshake");
  } else {
    struct slice media = {NULL, 0};
    if (f->response.head.raw)
      http_head_find(&f->response.head, "Content-Type", &media);
    body_type_short(media, type);
    buf_add_byte(out, ' ');
    buf_add_text(out, type);
    buf_add_byte(out, ' ');
    buf_add_text(out, units_size(f->response.body.seen, text, sizeof text));
  }
  buf_add_byte(out, ' ');
  buf_add_text(out, units_duration(flow_duration(f, f->times.end), text, sizeof text));
  if (flow_unverified(f))
    buf_add_text(out, " not verified");
  if (flow_wants_h2(f))
    buf_add_text(out, " h2 wanted");
  if (f->upstream) {
    buf_add_text(out, " by ");
    text_safe(out, slice_of(f->upstream), TEXT_PLAIN);
  }
  if (f->parent) {
    buf_add_text(out, " resend of #");
    buf_add_number(out, f->parent);
  }
  if (f->rule_says) {
    buf_add_text(out, " (");
    text_safe(out, slice_of(f->rule_says), TEXT_PLAIN);
    buf_add_byte(out, ')');
  }
  if (f->error_text) {
    buf_add_text(out, ": ");
    text_safe(out, slice_of(f->error_text), TEXT_PLAIN);
  }
  buf_add_byte(out, '\n');
}

/* ---- JSON ---- */

/* Counting what a body decodes to means decoding it; above this only on demand. */
#define DECODE_TO_COUNT (256 * 1024)

static void put_text(struct emit *j, const char *name, const char *text) {
  if (text)
    emit_bytes(j, name, slice_of(text));
  else
    emit_null(j, name);
}

static void put_lines(struct emit *j, const char *name, const char *lines) {
  struct slice rest = slice_of(lines), line;
  if (!lines)
    return;
  emit_open(j, name, '[');
  while (slice_split(&rest, '\n', &line))
    emit_bytes(j, NULL, line);
  emit_close(j, ']');
}

static void put_known(struct emit *j, const char *name, const struct flow *f) {
  struct buf raw = BUF_INIT;
  if (field_find(slice_of(name))->text(f, &raw))
    emit_bytes(j, name, buf_slice(&raw));
  else
    emit_null(j, name);
  buf_clear(&raw);
}

static void put_head(struct emit *j, const struct http_head *head) {
  struct http_field field;
  char version[8] = {'1', '.', (char)('0' + head->minor % 10), 0};
  uint32_t at = 0;
  emit_bytes(j, "http_version", slice_of(version));
  if (head->status) {
    emit_number(j, "status", head->status);
    emit_bytes(j, "reason", http_head_reason(head));
  }
  emit_open(j, "headers", '[');
  while (http_head_next(head, &at, &field)) {
    emit_open(j, NULL, '[');
    emit_bytes(j, NULL, field.name);
    emit_bytes(j, NULL, field.value);
    emit_close(j, ']');
  }
  emit_close(j, ']');
  emit_bytes(j, "head", http_head_raw(head));
}

static void put_body(struct emit *j, const struct body *body) {
  struct buf raw = BUF_INIT;
  body_copy(body, &raw);
  emit_bytes(j, "body", buf_slice(&raw));
  buf_clear(&raw);
}

static void put_decoded(struct emit *j, const struct flow_message *m, bool bodies) {
  struct buf plain = BUF_INIT;
  struct err err;
  if (!http_head_count(&m->head, "content-encoding")) {
    emit_number(j, "size_decoded", m->body.seen);
    return;
  }
  bool decode = (bodies || m->body.kept <= DECODE_TO_COUNT) && !body_cut(&m->body);
  if (!decode || flow_body_decoded(m, false, 0, &plain, &err) != BODY_DECODED) {
    emit_null(j, "size_decoded");
  } else {
    emit_number(j, "size_decoded", plain.n);
    if (bodies)
      emit_bytes(j, "body_decoded", buf_slice(&plain));
  }
  buf_clear(&plain);
}

static void put_edit(struct emit *j, const struct flow_message *m, bool bodies) {
  const struct flow_edit *sent = m->sent;
  emit_open(j, "sent", '{');
  put_head(j, flow_wire_head(m));
  emit_flag(j, "body_changed", sent->body_changed);
  if (sent->body_changed) {
    emit_number(j, "size", sent->body.seen);
    if (bodies)
      put_body(j, &sent->body);
  }
  emit_close(j, '}');
}

static void put_message(struct emit *j, const char *name, const struct flow_message *m, bool bodies) {
  if (!m->head.raw && !m->stream) {
    emit_null(j, name);
    return;
  }
  emit_open(j, name, '{');
  if (m->head.raw)
    put_head(j, &m->head);
  emit_number(j, "size_wire", m->wire);
  emit_number(j, "size", m->body.seen);
  emit_number(j, "size_kept", m->body.kept);
  if (bodies)
    put_body(j, &m->body);
  if (m->head.raw)
    put_decoded(j, m, bodies);
  if (m->trailers)
    emit_bytes(j, "trailers", slice_make(m->trailers, m->trailers_n));
  if (m->sent)
    put_edit(j, m, bodies);
  emit_close(j, '}');
}

static void put_refused(struct emit *j, const char *name, const struct flow_message *m) {
  struct buf raw = BUF_INIT;
  if (!flow_invalid(m))
    return;
  body_copy(&m->body, &raw);
  emit_bytes(j, name, buf_slice(&raw));
  buf_clear(&raw);
}

static void put_offset(struct emit *j, const char *name, const struct flow *f, uint64_t at) {
  if (at && at >= f->times.start)
    emit_ms(j, name, at - f->times.start);
  else
    emit_null(j, name);
}

static void put_timings(struct emit *j, const struct flow *f) {
  const struct flow_times *t = &f->times;
  emit_open(j, "timings", '{');
  emit_ms(j, "name", t->name_ns);
  emit_ms(j, "connect", t->connect_ns);
  emit_ms(j, "tls", t->tls_ns);
  put_offset(j, "request_sent", f, t->request_sent);
  put_offset(j, "request_end", f, t->request_end);
  put_offset(j, "first_byte", f, t->first_byte);
  put_offset(j, "end", f, t->end);
  emit_ms(j, "paused", t->paused_ns);
  emit_close(j, '}');
}

static void put_error(struct emit *j, const struct flow *f) {
  if (f->error == ERROR_NONE && f->state != FLOW_FAILED) {
    emit_null(j, "error");
    return;
  }
  emit_open(j, "error", '{');
  emit_bytes(j, "stage", slice_of(flow_stage_word(f->stage)));
  emit_bytes(j, "code", slice_of(flow_error_word(f->error)));
  if (f->error_kind)
    emit_bytes(j, "kind", slice_of(f->error_kind));
  if (f->stage == STAGE_TLS && f->os_error)
    emit_bytes(j, "alert", slice_of(tls_alert_name(f->os_error)));
  put_text(j, "text", f->error_text);
  if (f->error_cure)
    emit_bytes(j, "cure", slice_of(f->error_cure));
  emit_close(j, '}');
}

static void put_process(struct emit *j, const struct process *p) {
  if (!p) {
    emit_null(j, "process");
    return;
  }
  emit_open(j, "process", '{');
  emit_number(j, "pid", (uint64_t)p->pid);
  emit_bytes(j, "name", slice_of(p->name));
  put_text(j, "command", p->command);
  emit_close(j, '}');
}

static void put_what(struct emit *j, const struct flow *f) {
  char iso[40];
  emit_number(j, "id", f->id);
  if (f->parent)
    emit_number(j, "parent", f->parent);
  else
    emit_null(j, "parent");
  emit_bytes(j, "kind", f->kind == FLOW_TUNNEL ? SLICE("tunnel") : SLICE("http"));
  put_known(j, "state", f);
  emit_bytes(j, "time", slice_of(clock_iso(f->wall_us, iso, sizeof iso)));
  put_known(j, "method", f);
  put_known(j, "url", f);
  put_known(j, "host", f);
  emit_number(j, "port", f->port);
  emit_number(j, "status", (uint64_t)flow_status(f));
  put_known(j, "client", f);
  put_text(j, "mode", f->mode);
  put_known(j, "by", f);
  put_process(j, f->process);
  put_known(j, "server", f);
  put_text(j, "upstream", f->upstream);
  emit_flag(j, "marked", f->marked);
  emit_flag(j, "replay", f->replay);
  emit_flag(j, "edited", flow_edited(f));
  put_text(j, "note", f->note);
  if (f->refusals)
    emit_number(j, "refusals", f->refusals);
  put_lines(j, "tags", f->tags);
  put_lines(j, "rules", f->touched);
  if (f->rule_says)
    put_text(j, "rule_says", f->rule_says);
}

void line_json(const struct flow *f, bool bodies, struct buf *out) {
  struct emit j = {out, false};
  emit_open(&j, NULL, '{');
  put_what(&j, f);
  put_error(&j, f);
  put_timings(&j, f);
  secure_line(&j, f);
  if (f->kind == FLOW_TUNNEL) {
    emit_flag(&j, "untouched", f->untouched);
    emit_number(&j, "bytes_up", f->up);
    emit_number(&j, "bytes_down", f->down);
  }
  put_refused(&j, "refused", &f->request);
  put_refused(&j, "refused_response", &f->response);
  put_message(&j, "request", &f->request, bodies);
  put_message(&j, "response", &f->response, bodies);
  emit_close(&j, '}');
  buf_add_byte(out, '\n');
}
