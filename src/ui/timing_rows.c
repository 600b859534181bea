/* Where the time of a flow went: one row a part, each with a bar where it lay between beginning and end. */
#include <stdio.h>

#include "ui/rows.h"
#include "weir/base/buf.h"
#include "weir/base/clock.h"
#include "weir/base/units.h"

struct span {
  uint64_t from, to; /* ns from the first byte of the request on */
};

struct chart {
  const struct rows *rows;
  uint64_t all; /* ns */
  unsigned columns;
  bool ascii;
};

static void put_bar(const struct chart *c, struct span s, struct buf *out) {
  if (c->columns < 8 || c->all == 0)
    return;
  unsigned from = (unsigned)((double)s.from / (double)c->all * c->columns);
  unsigned to = (unsigned)((double)s.to / (double)c->all * c->columns);
  from = from < c->columns ? from : c->columns - 1;
  to = to > c->columns ? c->columns : to > from ? to : from + 1;
  for (unsigned x = 0; x < c->columns; x++)
    buf_add_text(out, x >= from && x < to ? (c->ascii ? "#" : "\u2588") : c->ascii ? "." : "\u00b7");
}

static void put_span(const struct chart *c, const char *name, struct span s, const char *about) {
  struct buf line = BUF_INIT;
  char took[16];
  if (s.to < s.from)
    return;
  buf_printf(&line, "%8s  ", units_duration(s.to - s.from, took, sizeof took));
  put_bar(c, s, &line);
  if (about != NULL)
    buf_printf(&line, "  %s", about);
  rows_put(c->rows, slice_of(name), buf_slice(&line));
  buf_clear(&line);
}

static uint64_t since(const struct flow *f, uint64_t at) {
  return at > f->times.start ? at - f->times.start : 0;
}

/* Name, connection and handshake come one after the other, just before the request was sent. */
static void put_connecting(const struct chart *c, const struct flow *f) {
  const struct flow_times *t = &f->times;
  uint64_t before = t->name_ns + t->connect_ns + t->tls_ns;
  uint64_t end = t->request_sent != 0 ? since(f, t->request_sent) : before;
  uint64_t at = end > before ? end - before : 0;
  if (f->reused)
    rows_say(c->rows, "on a connection that had been used before: nothing to look up or to connect");
  if (t->name_ns > 0)
    put_span(c, "Name", (struct span){at, at + t->name_ns}, NULL);
  at += t->name_ns;
  if (t->connect_ns > 0)
    put_span(c, "Connect", (struct span){at, at + t->connect_ns}, NULL);
  at += t->connect_ns;
  if (t->tls_ns > 0)
    put_span(c, "TLS", (struct span){at, at + t->tls_ns}, NULL);
}

static void put_rate(const struct flow *f, uint64_t ns, char *out, size_t size) {
  char bytes[16];
  uint64_t seen = f->response.body.seen;
  out[0] = '\0';
  if (ns < CLOCK_MS || seen == 0)
    return;
  units_size((uint64_t)((double)seen / ((double)ns / 1e9)), bytes, sizeof bytes);
  snprintf(out, size, "%s/s", bytes);
}

static void put_answer(const struct chart *c, const struct flow *f) {
  const struct flow_times *t = &f->times;
  uint64_t sent = since(f, t->request_sent), first = since(f, t->first_byte);
  char rate[32];
  if (t->request_sent == 0)
    return;
  uint64_t whole = since(f, t->request_end);
  if (whole > sent)
    put_span(c, "Request", (struct span){sent, whole}, NULL);
  if (t->first_byte == 0) {
    put_span(c, "Waiting", (struct span){sent, c->all}, flow_finished(f) ? "no answer came" : "so far");
    return;
  }
  uint64_t from = whole > sent && whole < first ? whole : sent;
  put_span(c, "Waiting", (struct span){from, first}, "for the first byte of the answer");
  put_rate(f, c->all - first, rate, sizeof rate);
  put_span(c, "Answer", (struct span){first, c->all}, rate[0] != '\0' ? rate : NULL);
}

void timing_rows(const struct rows *rows, const struct flow *f, uint64_t now, unsigned columns, bool ascii) {
  const struct flow_times *t = &f->times;
  struct chart c = {rows, flow_duration(f, now), columns, ascii};
  char text[64], iso[40];
  if (t->start == 0)
    return;
  rows_put(rows, SLICE("Began"), slice_of(clock_iso(f->wall_us, iso, sizeof iso)));
  rows_gap(rows);
  put_connecting(&c, f);
  put_answer(&c, f);
  put_span(&c, flow_finished(f) ? "In all" : "So far", (struct span){0, c.all}, NULL);
  if (t->delayed_ns > 0) {
    rows_gap(rows);
    rows_put(rows, SLICE("Delayed"), slice_of(units_duration(t->delayed_ns, text, sizeof text)));
    rows_say(rows, "a rule let it wait for so long: that is no time of the server's");
  }
  uint64_t paused = t->paused_ns + (t->paused_since != 0 && now > t->paused_since ? now - t->paused_since : 0);
  if (paused == 0)
    return;
  rows_gap(rows);
  rows_put(rows, SLICE("Paused"), slice_of(units_duration(paused, text, sizeof text)));
  rows_say(rows, "a person held it for so long: that is no time of the server's");
  uint64_t own = c.all > paused ? c.all - paused : 0;
  rows_put(rows, SLICE("Without it"), slice_of(units_duration(own, text, sizeof text)));
}
