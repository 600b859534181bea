/* What became of a flow, in words: beside its row, in titles, as one sentence. */
#include <stdio.h>

#include "ui/list_row.h"
#include "ui/rule_notes.h"
#include "ui/secure_words.h"
#include "weir/base/clock.h"
#include "weir/base/text.h"
#include "weir/base/units.h"

char *words_bytes(uint64_t bytes, char *out, size_t size) {
  static const char *const unit[] = {"kB", "MB", "GB", "TB"};
  if (bytes < 1024) {
    snprintf(out, size, "%u B", (unsigned)bytes);
    return out;
  }
  double value = (double)bytes / 1024;
  size_t i = 0;
  while (value >= 1023.5 && i < 3) {
    value /= 1024;
    i++;
  }
  snprintf(out, size, value < 9.95 ? "%.1f %s" : "%.0f %s", value, unit[i]);
  return out;
}

char *words_wait(uint64_t ns, char *out, size_t size) {
  unsigned long long s = ns / CLOCK_S;
  if (s < 60)
    snprintf(out, size, "%llus", s);
  else
    snprintf(out, size, "%llum%02llus", s / 60, s % 60);
  return out;
}

uint64_t flow_paused_for(const struct flow *f, uint64_t now) {
  return f->times.paused_since != 0 && now > f->times.paused_since ? now - f->times.paused_since : 0;
}

static void put_receiving(const struct flow_message *m, struct buf *out) {
  char have[24], all[24];
  struct slice length;
  uint64_t total = 0;
  if (http_head_find(&m->head, "Content-Length", &length))
    slice_to_u64(length, &total);
  buf_printf(out, "receiving %s", words_bytes(m->body.seen, have, sizeof have));
  if (total > 0)
    buf_printf(out, " of %s", words_bytes(total, all, sizeof all));
}

bool row_deadline(const struct flow *f, uint64_t now, struct buf *out) {
  static const char *const words[] = {"", "send", "drop", "504"};
  char wait[24];
  if (f->paused == FLOW_RUNNING || f->pause == NULL || f->pause->until == 0)
    return false;
  uint64_t left = f->pause->until > now ? f->pause->until - now : 0;
  words_wait(left + CLOCK_S - 1, wait, sizeof wait); /* "0s" would be now */
  buf_printf(out, "%s in %s", words[f->pause->end], wait);
  return true;
}

static void put_paused(const struct flow *f, uint64_t now, struct buf *out) {
  char wait[24];
  buf_printf(out, "%spaused %s", f->client_gone ? "client gone, " : "",
             words_wait(flow_paused_for(f, now), wait, sizeof wait));
  struct buf deadline = BUF_INIT;
  if (!f->client_gone && row_deadline(f, now, &deadline))
    buf_printf(out, ", %s", buf_text(&deadline));
  buf_clear(&deadline);
  const struct flow_message *m = f->paused == FLOW_PAUSED_REQUEST ? &f->request : &f->response;
  if (!m->body.complete && m->body.seen > 0) {
    buf_add_text(out, ", ");
    put_receiving(m, out);
  }
}

static void put_tunnel(const struct flow *f, struct buf *out) {
  char up[24], down[24];
  if (f->quiet && f->state == FLOW_OPEN) {
    buf_add_text(out, "connected, no request yet");
    return;
  }
  if (f->quiet && f->state == FLOW_DONE) {
    buf_add_text(out, "closed after the handshake, nothing was asked");
    return;
  }
  bool connect = slice_eq(flow_method(f), SLICE("CONNECT"));
  const char *word = f->untouched ? "passed untouched" : connect ? "not decrypted" : "upgraded";
  buf_printf(out, "%s  %s up %s down", word, units_size(f->up, up, sizeof up), units_size(f->down, down, sizeof down));
  if (f->state == FLOW_OPEN)
    buf_add_text(out, ", open");
}

static void put_running(const struct flow *f, uint64_t now, struct buf *out) {
  char took[16];
  uint64_t since = f->times.request_sent != 0 ? f->times.request_sent : f->times.start;
  if (f->state == FLOW_REQUEST_ARRIVING)
    put_receiving(&f->request, out);
  else if (f->state == FLOW_WAITING)
    buf_printf(out, "%s %s", f->shaking ? "TLS handshake" : "waiting",
               units_duration(now > since ? now - since : 0, took, sizeof took));
  else if (f->state == FLOW_RESPONSE_ARRIVING)
    put_receiving(&f->response, out);
}

static void put_origin(const struct flow *f, size_t begin, struct buf *out) {
  if (f->parent != 0)
    buf_printf(out, "%sreplay of #%llu", out->n > begin ? "  " : "", (unsigned long long)f->parent);
  if (f->pause != NULL && f->pause->ended && f->pause->end == PAUSE_SENDS && f->state != FLOW_FAILED)
    buf_printf(out, "%snobody let it go: sent by itself", out->n > begin ? "  " : "");
  if (flow_edited(f))
    buf_printf(out, "%sedited", out->n > begin ? "  " : "");
  if (flow_unverified(f))
    buf_printf(out, "%snot verified", out->n > begin ? "  " : "");
  if (f->touched != NULL) {
    buf_add_text(out, out->n > begin ? "  " : "");
    rule_note(f, out);
  }
  if (secure_lacks_certificate(f))
    buf_printf(out, "%sno client certificate", out->n > begin ? "  " : "");
}

/* Beside the path: why it failed, what it waits for, what it is. Wire text is not in it but through f->error_text. */
static void row_words(const struct flow *f, uint64_t now, struct buf *out) {
  size_t begin = out->n;
  if (f->paused != FLOW_RUNNING)
    put_paused(f, now, out);
  else if (f->kind == FLOW_TUNNEL && f->state != FLOW_WAITING && f->state != FLOW_FAILED)
    put_tunnel(f, out);
  else
    put_running(f, now, out);
  if (f->state == FLOW_FAILED) {
    if (out->n > begin)
      buf_add_text(out, "  ");
    buf_add_slice(out, f->error_text != NULL ? secure_sentence(f) : slice_of(flow_error_word(f->error)));
  }
  put_origin(f, begin, out);
}

void row_words_beside_host(const struct flow *f, uint64_t now, struct buf *out) {
  struct slice text = slice_of(f->error_text), host = flow_host(f);
  ptrdiff_t rest = -1;
  if (secure_row_words(f, out))
    return;
  if (f->state == FLOW_FAILED && host.n > 0 && slice_starts(text, host))
    rest = slice_find(slice_from(text, host.n), SLICE(": "));
  if (rest < 0) {
    row_words(f, now, out);
    return;
  }
  buf_add_slice(out, slice_from(text, host.n + (size_t)rest + 2));
  put_origin(f, 0, out);
}

bool row_is_tunnel(const struct flow *f) {
  return f->kind == FLOW_TUNNEL && f->state != FLOW_WAITING && flow_status(f) == 0;
}

void flow_outcome(const struct flow *f, struct buf *out) {
  int status = flow_status(f);
  if (f->paused != FLOW_RUNNING)
    buf_add_text(out, "paused");
  else if (f->state == FLOW_FAILED)
    buf_add_text(out, flow_error_word(f->error));
  else if (status > 0)
    buf_printf(out, "%d ", status), buf_add_slice(out, http_head_reason(flow_sent_head(&f->response)));
  else if (row_is_tunnel(f))
    buf_add_text(out, f->state == FLOW_OPEN ? "open" : "closed");
  else
    buf_add_text(out, f->state == FLOW_REQUEST_ARRIVING ? "receiving" : f->shaking ? "TLS handshake" : "waiting");
}

static void put_sentence(const struct flow *f, uint64_t now, struct buf *out) {
  buf_printf(out, "#%llu ", (unsigned long long)f->id);
  int status = flow_status(f);
  if (status > 0) {
    buf_printf(out, "%d ", status);
    buf_add_slice(out, http_head_reason(flow_sent_head(&f->response)));
    buf_add_text(out, "  ");
  }
  row_words(f, now, out);
  struct buf story = BUF_INIT;
  if (rule_story(f, &story))
    buf_printf(out, "  %s", buf_text(&story));
  buf_clear(&story);
  if (flow_unverified(f) && f->server_tls->problem != NULL)
    buf_printf(out, " (%s)", f->server_tls->problem);
  const struct body *body = body_cut(&f->response.body) ? &f->response.body : &f->request.body;
  char kept[24], seen[24];
  if (body_cut(body))
    buf_printf(out, "  kept %s of %s", words_bytes(body->kept, kept, sizeof kept),
               words_bytes(body->seen, seen, sizeof seen));
  if (f->body_missed)
    buf_add_text(out, "  body not recorded for want of memory");
  if (f->note != NULL)
    buf_printf(out, "  ; %s", f->note);
  struct slice tags = slice_of(f->tags != NULL ? f->tags : ""), tag;
  while (tags.n > 0 && slice_split(&tags, '\n', &tag))
    buf_printf(out, "  #%.*s", (int)tag.n, tag.p);
}

void flow_sentence(const struct flow *f, uint64_t now, int columns, struct buf *out) {
  struct buf cure = BUF_INIT, sentence = BUF_INIT;
  secure_cure(f, &cure);
  put_sentence(f, now, &sentence);
  size_t width = text_width(buf_slice(&sentence), TEXT_PLAIN) + text_width(buf_slice(&cure), TEXT_PLAIN) + 4;
  bool fits = width <= (size_t)(columns > 0 ? columns : 0);
  if (cure.n > 0 && !fits)
    buf_printf(out, "%s: ", buf_text(&cure));
  buf_add_slice(out, buf_slice(&sentence));
  if (cure.n > 0 && fits)
    buf_printf(out, "  %s", buf_text(&cure));
  buf_clear(&cure);
  buf_clear(&sentence);
}
