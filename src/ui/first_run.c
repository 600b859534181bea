/* An empty list: how to send something through weir, ready to copy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/keymap.h"
#include "ui/setup_lines.h"
#include "ui/undo.h"
#include "weir/app/ca.h"
#include "weir/base/path.h"

static int line(struct canvas *c, struct rect r, int y, enum role role, const char *text) {
  canvas_text_cut(c, r, r.x + 2, y, role, slice_of(text));
  return y + 1;
}

/* The certificate as a person types it; the authority is not opened for that. */
static void put_certificate(const struct options *o, struct buf *out) {
  char *path = ca_path(o), *home = path_expand("~");
  size_t n = strlen(home);
  if (n > 1 && strncmp(path, home, n) == 0 && path[n] == '/') {
    buf_add_byte(out, '~');
    text_shell_word(out, slice_of(path + n));
  } else {
    text_shell_word(out, slice_of(path));
  }
  free(path);
  free(home);
}

static int secure_request(const struct ui *ui, struct canvas *c, struct rect r, int y, const char *address) {
  struct buf text = BUF_INIT;
  buf_printf(&text, "  curl -x http://%s --cacert ", address);
  put_certificate(ui->w->options, &text);
  buf_add_text(&text, " https://example.com/");
  if (ui->w->https && r.h > 16 && (int)text_width(buf_slice(&text), TEXT_PLAIN) + 2 <= r.w)
    y = line(c, r, y, ROLE_TEXT, buf_text(&text));
  buf_clear(&text);
  return y;
}

/* Before the first flow, and where the list was emptied: what can be brought back is said at once. */
static int draw_title(const struct ui *ui, struct canvas *c, struct rect r, int y, const char *address) {
  char text[160];
  bool passed = store_stats(ui_store(ui)).added > 0;
  size_t back = undo_flows(ui->undo, ui);
  const char *key = keymap_keys(ui->keys, &list_view_ops, keymap_command(&list_view_ops, SLICE("undo")));
  int n = (int)strcspn(key, " ");
  const char *state = passed ? "the list was cleared" : "nothing has passed yet";
  snprintf(text, sizeof text, r.w < 60 ? "weir waits at %s" : "weir waits at %s: %s", address, state);
  y = line(c, r, y, ROLE_TITLE, text);
  if (!passed || back == 0 || n == 0)
    return y;
  snprintf(text, sizeof text, back == 1 ? "%.*s brings the flow back" : "%.*s brings the %zu flows back", n, key, back);
  return line(c, r, y, ROLE_TEXT, text);
}

/* Without an HTTP proxy: how each listener is reached. */
static void draw_reaches(const struct ui *ui, struct canvas *c, struct rect r, int y) {
  struct proxy_stats s = proxy_stats(ui_proxy(ui));
  char text[300], reach[200];
  for (size_t i = 0; i < s.listeners && y + 2 < r.y + r.h; i++) {
    const struct proxy_listening *l = &s.listening[i];
    setup_reach(l, reach, sizeof reach);
    y = line(c, r, y, ROLE_DIM, l->mode);
    snprintf(text, sizeof text, "  %s", reach);
    y = line(c, r, y, ROLE_TEXT, text);
  }
  y += r.h > 16;
  if (y < r.y + r.h)
    line(c, r, y, ROLE_DIM,
         r.w < 70 ? "an HTTP proxy too: --mode auto@8888"
                  : "for programs that know a proxy setting: start weir with --mode auto@8888 too; F8 is the setup");
}

void first_run_draw(const struct ui *ui, struct canvas *c, struct rect r) {
  char address[ADDRESS_TEXT], text[160];
  int y = r.y + (r.h > 20 ? 2 : 0);
  setup_address(ui, address, sizeof address);
  y = draw_title(ui, c, r, y, address) + (r.h > 12);
  if (setup_first(ui) != NULL) {
    draw_reaches(ui, c, r, y);
    return;
  }
  y = line(c, r, y, ROLE_DIM, "one request:");
  snprintf(text, sizeof text, r.w < 60 ? "  curl -x %s example.com" : "  curl -x http://%s http://example.com/",
           address);
  y = line(c, r, y, ROLE_TEXT, text);
  y = secure_request(ui, c, r, y, address);
  y = line(c, r, y, ROLE_DIM, "all programs of a shell:");
  if (r.w < 90)
    snprintf(text, sizeof text, r.w < 60 ? "  export http_proxy=%s" : "  export http_proxy=http://%s", address);
  else
    snprintf(text, sizeof text, "  export http_proxy=http://%s https_proxy=http://%s", address, address);
  y = line(c, r, y, ROLE_TEXT, text) + (r.h > 16);
  if (r.w < 70) { /* a command that is cut is of no use */
    line(c, r, y, ROLE_DIM, "browsers and HTTPS: F8");
    return;
  }
  y = line(c, r, y, ROLE_DIM, "browsers bypass a proxy for localhost unless told otherwise:");
  snprintf(text, sizeof text, "  chromium --proxy-server=%s '--proxy-bypass-list=<-loopback>'", address);
  y = line(c, r, y, ROLE_TEXT, text);
  y = line(c, r, y, ROLE_TEXT, "  Firefox: about:config, network.proxy.allow_hijacking_localhost = true") + (r.h > 16);
  if (y < r.y + r.h)
    line(c, r, y, ROLE_DIM,
         ui->w->https ? "HTTPS is decrypted for programs that trust weir's certificate: F8 shows how"
                      : "HTTPS passes as a tunnel and is not decrypted; F8 is the setup");
}
