#include "browser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"

const char *browser_path(void) {
  static const char *const places[] = {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/local/bin/chromium"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    if (access(places[i], X_OK) == 0)
      return places[i];
  return NULL;
}

char *browser_page(const char *folder, int proxy, const char *url) {
  char profile[300], server[60], *page;
  snprintf(profile, sizeof profile, "--user-data-dir=%s/profile", folder);
  snprintf(server, sizeof server, "--proxy-server=127.0.0.1:%d", proxy);
  const char *argv[] = {browser_path(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--disable-dev-shm-usage",
                        "--disable-extensions",
                        "--disable-default-apps",
                        "--no-default-browser-check",
                        profile,
                        server,
                        "--proxy-bypass-list=<-loopback>",
                        "--timeout=30000",
                        "--virtual-time-budget=20000",
                        "--dump-dom",
                        url,
                        NULL};
  assert_int_equal(net_run(argv, &page), 0);
  return page;
}
