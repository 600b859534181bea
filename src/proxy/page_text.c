#include "page_text.h"

#include <time.h>

#include "weir/http/encode.h"

static const char *const kinds[] = {
    [GUIDE_SYSTEM] = "Systems",
    [GUIDE_BROWSER] = "Browsers",
    [GUIDE_DEVICE] = "Phones and tablets",
    [GUIDE_RUNTIME] = "Programs and runtimes",
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const char *day_of(int64_t seconds, char out[32]) {
  time_t t = (time_t)seconds;
  struct tm tm;
  if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%d", &tm))
    out[0] = '\0';
  return out;
}

static void put_state(struct buf *out, const struct page_facts *f) {
  buf_printf(out, "  flows recorded   %zu (%llu evicted)\n", f->flows, (unsigned long long)f->evicted);
  buf_printf(out, "  requests passed  %llu\n", (unsigned long long)f->requests);
  buf_printf(out, "  paused           %zu\n", f->paused);
  buf_printf(out, "  recording        %s\n", f->recording ? "on" : "off");
}

/* ---- text ---- */

static void plain_kind(struct buf *out, const struct page_facts *f, enum guide_kind kind) {
  buf_printf(out, "\n%s\n", kinds[kind]);
  for (size_t i = 0; i < guide_table_n; i++) {
    if (guide_table[i].kind != kind)
      continue;
    struct buf steps = BUF_INIT;
    guide_steps(&steps, &guide_table[i], &f->place);
    buf_printf(out, "\n  %s\n", guide_table[i].name);
    struct slice rest = buf_slice(&steps), line;
    while (slice_split(&rest, '\n', &line))
      buf_printf(out, "    %.*s\n", (int)line.n, line.p);
    buf_clear(&steps);
  }
}

void page_plain(struct buf *out, const struct page_facts *f) {
  char day[32];
  const char *here = f->place.proxy;
  buf_printf(out, "weir, an intercepting debug proxy\n\nThis is the proxy itself. Point a client at it and its "
                  "requests pass through:\n\n");
  buf_printf(out, "  curl -x http://%s http://example.com/\n  export http_proxy=http://%s https_proxy=http://%s\n\n",
             here, here, here);
  put_state(out, f);
  if (!f->name) {
    buf_printf(out, "\n%s.\n", f->off);
    return;
  }
  buf_printf(out,
             "\nHTTPS is read where the client trusts this certificate:\n\n  %s, until %s\n  SHA-256 %s\n\n"
             "  curl -o ca.pem http://%s/ca.pem    PEM\n  curl -o ca.der http://%s/ca.der    DER\n\n"
             "Compare the fingerprint with what this prints: %s\n",
             f->name, day_of(f->until, day), f->fingerprint, here, here, f->place.show);
  for (size_t i = 0; i < KINDS; i++)
    plain_kind(out, f, (enum guide_kind)i);
}

/* ---- HTML ---- */

static void put(struct buf *out, const char *text) {
  http_html_escape(out, slice_of(text));
}

/* Lines to be typed become blocks of code, the others a paragraph each. */
static void html_steps(struct buf *out, struct slice steps) {
  struct slice line;
  bool code = false;
  while (slice_split(&steps, '\n', &line)) {
    bool typed = line.n && line.p[0] == ' ';
    if (typed != code)
      buf_add_text(out, typed ? "<pre>" : "</pre>\n");
    buf_add_text(out, typed ? "" : "<p>");
    http_html_escape(out, slice_trim(line));
    buf_add_text(out, typed ? "\n" : "</p>\n");
    code = typed;
  }
  if (code)
    buf_add_text(out, "</pre>\n");
}

static void html_kind(struct buf *out, const struct page_facts *f, enum guide_kind kind) {
  buf_printf(out, "<h2>%s</h2>\n", kinds[kind]);
  for (size_t i = 0; i < guide_table_n; i++) {
    if (guide_table[i].kind != kind)
      continue;
    struct buf steps = BUF_INIT;
    guide_steps(&steps, &guide_table[i], &f->place);
    buf_add_text(out, "<h3>");
    put(out, guide_table[i].name);
    buf_add_text(out, "</h3>\n");
    html_steps(out, buf_slice(&steps));
    buf_clear(&steps);
  }
}

static void html_certificate(struct buf *out, const struct page_facts *f) {
  char day[32];
  buf_add_text(out, "<h2>The certificate</h2>\n<p>HTTPS is read where the client trusts <b>");
  put(out, f->name);
  buf_printf(out, "</b>, until %s.</p>\n<p>SHA-256 <code>", day_of(f->until, day));
  put(out, f->fingerprint);
  buf_add_text(out, "</code><br>Compare it with what <code>");
  put(out, f->place.show);
  buf_add_text(out, "</code> prints.</p>\n"
                    "<p><a class=\"get\" href=\"/ca.pem\" download=\"weir-ca.pem\">ca.pem</a>\n"
                    "<a class=\"get\" href=\"/ca.der\">ca.der</a></p>\n");
  for (size_t i = 0; i < KINDS; i++)
    html_kind(out, f, (enum guide_kind)i);
}

void page_html(struct buf *out, const struct page_facts *f) {
  buf_add_text(out,
               "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>weir</title>\n"
               "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
               ":root{color-scheme:light dark}\n"
               "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}\n"
               "pre,code{font:14px/1.5 ui-monospace,monospace}\n"
               "pre{overflow-x:auto;padding:.5rem .8rem;border-radius:4px;background:#8882}\n"
               "code{overflow-wrap:anywhere}h3{margin:1.4rem 0 .2rem}p{margin:.4rem 0}\n"
               "a.get{display:inline-block;padding:.4rem 1rem;margin-right:.5rem;border:1px solid;border-radius:4px}\n"
               "</style></head><body>\n<h1>weir</h1>\n"
               "<p>An intercepting debug proxy. This is the proxy itself: point a client at <code>");
  put(out, f->place.proxy);
  buf_add_text(out, "</code>, for HTTP and for HTTPS, and its requests pass through.</p>\n<pre>");
  put_state(out, f);
  buf_add_text(out, "</pre>\n");
  if (f->name) {
    html_certificate(out, f);
  } else {
    buf_add_text(out, "<p>");
    put(out, f->off);
    buf_add_text(out, ".</p>\n");
  }
  buf_add_text(out, "</body></html>\n");
}
