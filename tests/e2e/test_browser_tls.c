/* A real browser that trusts weir's authority: an https page from nginx comes whole, and weir lists what nginx logged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "browser.h"
#include "rows.h"
#include "site.h"
#include "tls_lab.h"

enum { IMAGES = 30 };

static struct lab lab;
static struct site site;

static void put_page(void) {
  char text[8000], name[40];
  size_t n = (size_t)snprintf(text, sizeof text, "<!doctype html><link rel=icon href=data:,><title>page</title>\n");
  for (int i = 0; i < IMAGES; i++) {
    n += (size_t)snprintf(text + n, sizeof text - n, "<img src=i%d.svg>\n", i);
    snprintf(name, sizeof name, "i%d.svg", i);
    static const char image[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"4\"></svg>\n";
    site_put(&site, name, image, sizeof image - 1);
  }
  n += (size_t)snprintf(text + n, sizeof text - n,
                        "<script>onload = () => { document.body.textContent = `came: ${isSecureContext} "
                        "${[...document.images].filter(i => i.naturalWidth == 4).length}`; };</script>\n");
  site_put(&site, "page.html", text, n);
}

/* Chromium reads the authorities that a person trusts from $HOME/.pki/nssdb. */
static bool trust(const char *home) {
  char folder[300], database[320];
  snprintf(folder, sizeof folder, "%s/.pki", home);
  mkdir(folder, 0700);
  snprintf(folder, sizeof folder, "%s/.pki/nssdb", home);
  mkdir(folder, 0700);
  snprintf(database, sizeof database, "sql:%s", folder);
  return net_run((const char *[]){"certutil", "-N", "-d", database, "--empty-password", NULL}, NULL) == 0 &&
         net_run((const char *[]){"certutil", "-A", "-d", database, "-n", "weir test", "-t", "C,,", "-i", lab.weir_ca,
                                  NULL},
                 NULL) == 0;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_same(const json_t *rows, const char *origin) {
  static char *logged[200], *listed[200];
  char path[300], *text, *rest;
  size_t n, i, logged_n = 0, listed_n = 0;
  const json_t *row;
  snprintf(path, sizeof path, "%s/access.log", site.folder);
  text = rest = site_read(path, &n);
  assert_non_null(text);
  for (char *line; logged_n < 200 && (line = strsep(&rest, "\n"));)
    if (*line)
      logged[logged_n++] = line;
  json_array_foreach(rows, i, row) {
    const char *url = json_string_value(json_object_get(row, "url"));
    if (!url || strncmp(url, origin, strlen(origin)) != 0 || listed_n == 200)
      continue;
    listed[listed_n] = malloc(strlen(url) + 40);
    sprintf(listed[listed_n++], "%.10s %d %s", json_string_value(json_object_get(row, "method")),
            (int)json_integer_value(json_object_get(row, "status")), url + strlen(origin));
  }
  qsort(logged, logged_n, sizeof *logged, by_text);
  qsort(listed, listed_n, sizeof *listed, by_text);
  assert_int_equal(listed_n, logged_n);
  assert_true(listed_n >= IMAGES + 1);
  for (i = 0; i < listed_n; i++) {
    assert_string_equal(listed[i], logged[i]);
    free(listed[i]);
  }
  free(text);
}

static void a_page_over_https_equals_the_access_log(void **state) {
  char origin[60], url[100], want[40];
  (void)state;
  if (!browser_path() || net_run((const char *[]){"sh", "-c", "command -v certutil", NULL}, NULL) != 0) {
    print_message("chromium or certutil (libnss3-tools) is not installed\n");
    skip();
  }
  lab_open(&lab);
  if (!site_open_tls(&site, &(struct site_tls){.pem = lab_pem(&lab, LAB_GOOD)}, 1)) {
    lab_close(&lab);
    print_message("nginx is not installed\n");
    skip();
  }
  put_page();
  lab_weir(&lab, NULL);
  setenv("HOME", lab.folder, 1);
  assert_true(trust(lab.folder));
  snprintf(origin, sizeof origin, "https://localhost:%d", site.tls_port[0]);
  snprintf(url, sizeof url, "%s/page.html", origin);
  snprintf(want, sizeof want, "came: true %d", IMAGES);
  char *page = browser_page(lab.folder, lab.weir.port, url);
  if (!strstr(page, want))
    fail_msg("%.2000s", page);
  free(page);
  json_t *rows = lab_rows(&lab);
  site_stop(&site);
  assert_same(rows, origin);
  json_decref(rows);
  site_close(&site);
  lab_close(&lab);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_page_over_https_equals_the_access_log)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
