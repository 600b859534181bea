/* Tables of the statistics as text. */
#include "ui/stats_pages.h"
#include "ui/table_text.h"

static void put_heads(struct table_text *out, const char *const *heads, size_t n) {
  for (size_t i = 0; i < n; i++)
    table_cell(out, slice_of(heads[i]));
  table_end_row(out);
}

void stats_hosts_text(const struct tally *t, const size_t *order, struct table_text *out) {
  static const char *const heads[] = {"host", "flows", "2xx",       "3xx",    "4xx",    "5xx",   "failed",
                                      "in",   "out",   "median ms", "p95 ms", "max ms", "sum ms"};
  put_heads(out, heads, sizeof heads / sizeof *heads);
  for (size_t i = 0; i < t->host.n; i++) {
    const struct tally_host *h = t->host.v[order[i]];
    table_cell(out, slice_of(h->name));
    table_print(out, "%zu", h->flows);
    for (int k = TALLY_2XX; k <= TALLY_FAILED; k++)
      table_print(out, "%zu", h->by_class[k]);
    table_print(out, "%llu", (unsigned long long)h->in);
    table_print(out, "%llu", (unsigned long long)h->out);
    table_ms(out, tally_percentile(&h->took, 50));
    table_ms(out, tally_percentile(&h->took, 95));
    table_ms(out, h->took.most);
    table_ms(out, h->took.sum);
    table_end_row(out);
  }
}

static void put_flow(const struct ui *ui, const struct tally_flow *top, bool size, struct table_text *out) {
  const struct flow *f = store_get(ui_store(ui), top->id);
  struct buf url = BUF_INIT;
  table_cell(out, size ? SLICE("largest") : SLICE("slowest"));
  table_print(out, "%llu", (unsigned long long)top->id);
  if (f != NULL)
    flow_url(f, &url);
  table_cell(out, f != NULL ? flow_method(f) : SLICE(""));
  table_cell(out, buf_slice(&url));
  if (size)
    table_print(out, "%llu", (unsigned long long)top->value);
  else
    table_ms(out, top->value);
  table_end_row(out);
  buf_clear(&url);
}

void stats_top_text(const struct ui *ui, const struct tally *t, struct table_text *out) {
  static const char *const heads[] = {"list", "flow", "method", "url", "ms or bytes"};
  put_heads(out, heads, sizeof heads / sizeof *heads);
  for (size_t i = 0; i < t->slowest.n; i++)
    put_flow(ui, &t->slowest.flow[i], false, out);
  for (size_t i = 0; i < t->largest.n; i++)
    put_flow(ui, &t->largest.flow[i], true, out);
}
