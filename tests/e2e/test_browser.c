/* A real browser through weir: what nginx logged is what weir lists, and the bodies it recorded are the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "browser.h"
#include "net.h"
#include "rows.h"
#include "site.h"

enum { IMAGES = 100, STYLES = 50, SCRIPTS = 50, FETCHES = 100, RESOURCES = IMAGES + STYLES + SCRIPTS + FETCHES };

/* ---- the site ---- */

static void put_images(const struct site *site) {
  char name[40], text[400];
  for (int i = 0; i < IMAGES; i++) {
    snprintf(name, sizeof name, "i%d.svg", i);
    int n = snprintf(text, sizeof text,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"4\"><!-- %d --></svg>\n", i);
    site_put(site, name, text, (size_t)n);
  }
}

static void put_texts(const struct site *site) {
  char name[40], text[400];
  for (int i = 0; i < STYLES; i++) {
    snprintf(name, sizeof name, "s%d.css", i);
    int n = snprintf(text, sizeof text, ".c%d { color: rgb(%d, 0, 0); }\n", i, i);
    site_put(site, name, text, (size_t)n);
  }
  for (int i = 0; i < SCRIPTS; i++) {
    snprintf(name, sizeof name, "j%d.js", i);
    int n = snprintf(text, sizeof text, "window.ran = (window.ran || 0) + 1; // %d\n", i);
    site_put(site, name, text, (size_t)n);
  }
}

/* Fetched by the page's script, every byte value in them, each of another size. */
static void put_data(const struct site *site) {
  char name[40];
  char *pattern = site_pattern(FETCHES * 1009);
  for (int i = 0; i < FETCHES; i++) {
    snprintf(name, sizeof name, "f%d.bin", i);
    site_put(site, name, pattern, (size_t)i * 1009);
  }
  free(pattern);
}

/* The page says in its title when all of it has come, and how many of each. */
static void put_page(const struct site *site) {
  static char text[40000];
  size_t n = (size_t)snprintf(
      text, sizeof text,
      "<!doctype html><html><head><meta charset=utf-8><link rel=icon href=data:,><title>loading</title>\n");
  for (int i = 0; i < STYLES; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "<link rel=stylesheet href=s%d.css>\n", i);
  for (int i = 0; i < SCRIPTS; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "<script src=j%d.js></script>\n", i);
  n += (size_t)snprintf(text + n, sizeof text - n, "</head><body>\n");
  for (int i = 0; i < IMAGES; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "<img src=i%d.svg>\n", i);
  n += (size_t)snprintf(
      text + n, sizeof text - n,
      "<script>\n"
      "const loaded = new Promise(done => addEventListener('load', done));\n"
      "const fetched = Promise.all([...Array(%d).keys()].map(i =>\n"
      "  fetch('f' + i + '.bin').then(r => r.arrayBuffer()).then(b => b.byteLength == i * 1009)));\n"
      "Promise.all([loaded, fetched]).then(([, right]) => {\n"
      "  const images = [...document.images].filter(i => i.naturalWidth == 4).length;\n"
      "  const styles = [...document.styleSheets].filter(s => s.cssRules.length == 1).length;\n"
      "  document.body.textContent = `came: ${images} ${styles} ${window.ran} ${right.filter(x => x).length}`;\n"
      "});\n"
      "</script></body></html>\n",
      FETCHES);
  site_put(site, "page.html", text, n);
}

/* ---- the comparison ---- */

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of nginx's log, sorted; they point into the text. */
static size_t log_lines(char *text, char **lines, size_t most) {
  size_t n = 0;
  for (char *line; n < most && (line = strsep(&text, "\n"));)
    if (*line)
      lines[n++] = line;
  qsort(lines, n, sizeof *lines, by_text);
  return n;
}

static const char *path_of(const json_t *row, const char *origin) {
  const char *url = json_string_value(json_object_get(row, "url"));
  size_t n = strlen(origin);
  return url && strncmp(url, origin, n) == 0 ? url + n : NULL;
}

/* weir's rows for this server, as nginx would have logged them; sorted, each malloc'ed. */
static size_t row_lines(const json_t *rows, const char *origin, char **lines, size_t most) {
  const json_t *row;
  size_t i, n = 0;
  json_array_foreach(rows, i, row) {
    const char *path = path_of(row, origin);
    if (!path || n == most)
      continue;
    lines[n] = malloc(strlen(path) + 40);
    sprintf(lines[n++], "%.10s %d %s", json_string_value(json_object_get(row, "method")),
            (int)json_integer_value(json_object_get(row, "status")), path);
  }
  qsort(lines, n, sizeof *lines, by_text);
  return n;
}

static void assert_same_requests(const struct site *site, const json_t *rows, const char *origin) {
  static char *logged[2000], *listed[2000];
  char path[300];
  size_t n;
  snprintf(path, sizeof path, "%s/access.log", site->folder);
  char *text = site_read(path, &n);
  assert_non_null(text);
  size_t logged_n = log_lines(text, logged, 2000), listed_n = row_lines(rows, origin, listed, 2000);
  for (size_t i = 0; i < logged_n && i < listed_n; i++)
    assert_string_equal(listed[i], logged[i]);
  assert_int_equal(listed_n, logged_n);
  assert_true(logged_n >= RESOURCES + 1);
  for (size_t i = 0; i < listed_n; i++)
    free(listed[i]);
  free(text);
}

static size_t assert_same_bodies(const struct site *site, const json_t *rows, const char *origin) {
  const json_t *row;
  size_t i, compared = 0;
  json_array_foreach(rows, i, row) {
    char path[600];
    size_t file_n, body_n;
    const char *name = path_of(row, origin);
    if (!name || json_integer_value(json_object_get(row, "status")) != 200)
      continue;
    snprintf(path, sizeof path, "%s/www%s", site->folder, name);
    char *file = site_read(path, &file_n), *body = rows_bytes(json_object_get(row, "response"), "body", &body_n);
    assert_non_null(file);
    assert_non_null(body);
    assert_int_equal(body_n, file_n);
    assert_memory_equal(body, file, file_n);
    compared++;
    free(file);
    free(body);
  }
  return compared;
}

static void browse(int proxy, const char *folder, const char *url) {
  char want[80], *page = browser_page(folder, proxy, url);
  snprintf(want, sizeof want, "came: %d %d %d %d", IMAGES, STYLES, SCRIPTS, FETCHES);
  if (!strstr(page, want))
    fprintf(stderr, "%.2000s\n", page);
  assert_non_null(strstr(page, want));
  free(page);
}

static void rows_equal_the_access_log(void **state) {
  struct site site;
  char rows_path[300], origin[60], url[100];
  (void)state;
  if (!browser_path()) {
    print_message("chromium is not installed\n");
    skip();
  }
  site_need(&site);
  put_images(&site);
  put_texts(&site);
  put_data(&site);
  put_page(&site);
  snprintf(rows_path, sizeof rows_path, "%s/rows", site.folder);
  snprintf(origin, sizeof origin, "http://127.0.0.1:%d", site.port);
  snprintf(url, sizeof url, "%s/page.html", origin);
  struct net_program weir = net_weir((const char *[]){"--json", "--json-bodies", "--write", rows_path, NULL});
  setenv("HOME", site.folder, 1);
  browse(weir.port, site.folder, url);
  assert_int_equal(net_stop(&weir), 0);
  site_stop(&site);
  json_t *rows = rows_read(rows_path);
  assert_same_requests(&site, rows, origin);
  assert_true(assert_same_bodies(&site, rows, origin) >= RESOURCES + 1);
  json_decref(rows);
  site_close(&site);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rows_equal_the_access_log)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
