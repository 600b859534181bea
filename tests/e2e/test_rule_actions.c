/* What each action of rules does to a request of the real curl, and that the row says which rule it was. Actions that have a
 * program of their own (test_rules.c, test_rule_workers.c) are not here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "rows.h"

#define LONGEST 10.0 /* seconds that any of these may take where machines are slow */

/* One request to `path` that carries the row's name, and the rule that is for requests with that name. */
struct act {
  const char *name, *action, *path;
  const char *more[3]; /* arguments of curl */
  int status;          /* curl's */
  const char *has;     /* in what it printed, head and body */
  const char *has_not; /* NULL: nothing in particular */
  double least;        /* seconds that it takes */
};

static const struct act acts[] = {
    {"remove", "remove User-Agent", "/head", {"-A", "curl-itself"}, 0, "GET /head", "curl-itself", 0},
    {"remove-response", "remove response X-Made-By", "/head", {0}, 0, "GET /head", "X-Made-By", 0},
    {"redirect", "redirect https://{host}/new{path}", "/ok", {0}, 0, "Location: https://127.0.0.1/new/ok\r\n", NULL, 0},
    {"redirect-status", "redirect 308 /new", "/ok", {0}, 0, "HTTP/1.1 308 ", NULL, 0},
    {"delay", "delay 250ms", "/ok", {0}, 0, "ok", NULL, 0.2},
    {"delay-response", "delay response 250ms", "/ok", {0}, 0, "ok", NULL, 0.2},
    {"throttle", "throttle down 64k", "/size/32768", {"-o", "/dev/null"}, 0, "", NULL, 0.3},
    {"reset", "fault reset 100", "/size/1000", {"-o", "/dev/null"}, 56, "", NULL, 0},
    {"truncate", "fault truncate 2", "/drip", {0}, 18, "\r\n\r\ndr", "dri", 0},
    {"hang", "fault hang 2", "/drip", {"--max-time", "1"}, 28, "\r\n\r\ndr", "dri", 0.9},
    {"drip", "fault drip 1 200ms", "/ok", {0}, 0, "\r\n\r\nok", NULL, 0.15},
    {"flip", "fault flip 1", "/ok", {0}, 0, "\r\n\r\no\x94", NULL, 0},
    {"shorter", "fault length -1", "/ok", {0}, 0, "Content-Length: 1\r\n", "ok", 0},
    {"longer", "fault length +1", "/ok", {0}, 18, "Content-Length: 3\r\n", NULL, 0},
    {"anticache", "anticache", "/head", {"-H", "If-None-Match: \"a\""}, 0, "GET /head", "If-None-Match", 0},
    {"anticompression", "anticompression", "/head", {"--compressed"}, 0, "Accept-Encoding: identity\r\n", "gzip", 0},
    {"block", "block close", "/ok", {0}, 52, "", "ok", 0},
    {"block-reset", "block reset", "/ok", {0}, 56, "", "ok", 0},
    {"block-status", "block 403", "/ok", {0}, 0, "HTTP/1.1 403 ", "\r\n\r\nok", 0},
    {"tag", "tag slow", "/ok", {0}, 0, "ok", NULL, 0},
    {"colour", "colour red", "/ok", {0}, 0, "ok", NULL, 0},
};
#define ACTS (sizeof acts / sizeof *acts)

/* The exit status of curl through weir, what it printed in *out. */
static int curl(char **out, const char *const *arguments) {
  char proxy[60];
  const char *argv[40] = {"curl", "-q", "-sS", "--noproxy", "", "-x", proxy};
  int n = 7;
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", fixture.lab.weir.port);
  for (int i = 0; arguments[i]; i++)
    argv[n++] = arguments[i];
  return net_run(argv, out);
}

static void url_of(char *url, size_t size, const char *path) {
  snprintf(url, size, "http://127.0.0.1:%d%s", fixture.origin.port, path);
}

static char *gets(const char *url, const char *option, const char *value) {
  char *out;
  assert_int_equal(curl(&out, (const char *[]){url, "-i", "--max-time", "30", option, value, NULL}), 0);
  return out;
}

static void assert_head(const char *url, const char *has) {
  char *out = gets(url, NULL, NULL);
  if (!strstr(out, has))
    fail_msg("%s: not in %s", has, out);
  free(out);
}

/* All rules stand in one file: none may act on what is another's. */
static void write_rules(char *path, size_t size) {
  snprintf(path, size, "%s/acts.rules", fixture.lab.folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  for (size_t i = 0; i < ACTS; i++)
    fprintf(f, "[%s] req.header:\"X-Act: %s.\" => %s\n", acts[i].name, acts[i].name, acts[i].action);
  assert_int_equal(fclose(f), 0);
}

static void ask(const struct act *a) {
  char url[80], name[60], *out;
  url_of(url, sizeof url, a->path);
  snprintf(name, sizeof name, "X-Act: %s.", a->name);
  double began = net_now();
  int status = curl(&out, (const char *[]){url, "-i", "--max-time", "30", "-H", name, a->more[0], a->more[1], NULL});
  double took = net_now() - began;
  if (status != a->status || !strstr(out, a->has) || (a->has_not && strstr(out, a->has_not)))
    fail_msg("%s: curl ended with %d, not %d: %s", a->name, status, a->status, out);
  if (took < a->least || took > LONGEST)
    fail_msg("%s: it took %.3f s", a->name, took);
  free(out);
}

static void what_each_action_does(void **state) {
  char path[300];
  (void)state;
  write_rules(path, sizeof path);
  lab_weir(&fixture.lab, (const char *[]){"--rules", path, NULL});
  for (size_t i = 0; i < ACTS; i++)
    ask(&acts[i]);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), ACTS);
  /* Rows are written when flows end, which is not the order of requests: hang ends when weir hears that its client left. */
  for (size_t i = 0; i < ACTS; i++) {
    const json_t *row, *found = NULL;
    size_t k;
    json_array_foreach(all, k, row) {
      const json_t *rules = json_object_get(row, "rules");
      assert_int_equal(json_array_size(rules), 1);
      if (!strcmp(json_string_value(json_array_get(rules, 0)), acts[i].name))
        found = row;
    }
    if (!found)
      fail_msg("no row says %s", acts[i].name);
    const json_t *tags = json_object_get(found, "tags");
    bool tagged = !strcmp(acts[i].name, "tag");
    assert_int_equal(json_array_size(tags), tagged);
    if (tagged)
      assert_string_equal(json_string_value(json_array_get(tags, 0)), "slow");
  }
  json_decref(all);
}

/* The host that was asked does not exist: the other server has the request, with its own name or with that of the host. */
static void another_server_is_asked(void **state) {
  char rule[120], kept[120], host[60];
  (void)state;
  snprintf(rule, sizeof rule, "host:shop.test => send-to http://127.0.0.1:%d", fixture.origin.port);
  snprintf(kept, sizeof kept, "host:kept.test => send-to http://127.0.0.1:%d keep-host", fixture.origin.port);
  lab_weir(&fixture.lab, (const char *[]){"--rule", rule, "--rule", kept, NULL});
  snprintf(host, sizeof host, "\r\nHost: 127.0.0.1:%d\r\n", fixture.origin.port);
  assert_head("http://shop.test/head", host);
  assert_head("http://kept.test/head", "\r\nHost: kept.test\r\n");
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 2);
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(json_integer_value(json_object_get(json_array_get(all, i), "status")), 200);
  json_decref(all);
}

/* The first request has no cookie yet; the one that has its own keeps it. */
static void cookies_stick(void **state) {
  char url[80];
  (void)state;
  lab_weir(&fixture.lab, (const char *[]){"--rule", "* => sticky-cookie", NULL});
  url_of(url, sizeof url, "/head");
  char *first = gets(url, NULL, NULL);
  assert_null(strstr(first, "\r\nCookie:"));
  free(first);
  assert_head(url, "\r\nCookie: sid=42\r\n");
  char *own = gets(url, "-b", "sid=7");
  assert_non_null(strstr(own, "\r\nCookie: sid=7\r\n"));
  assert_null(strstr(own, "Cookie: sid=42\r\n"));
  free(own);
}

static void passwords_stick(void **state) {
  char url[80];
  (void)state;
  lab_weir(&fixture.lab, (const char *[]){"--rule", "* => sticky-auth", NULL});
  url_of(url, sizeof url, "/head");
  char *first = gets(url, NULL, NULL);
  assert_null(strstr(first, "Authorization"));
  free(first);
  free(gets(url, "-u", "ann:secret"));
  assert_head(url, "\r\nAuthorization: Basic YW5uOnNlY3JldA==\r\n");
}

/* The statuses of 32 requests. */
static char *draw(const char *seed) {
  char rule[60], url[80], *out;
  snprintf(rule, sizeof rule, "* chance 50%% seed %s => answer 299", seed);
  lab_weir(&fixture.lab, (const char *[]){"--rule", rule, NULL});
  url_of(url, sizeof url, "/size/[1-32]");
  assert_int_equal(
      curl(&out, (const char *[]){"--max-time", "60", "-o", "/dev/null", "-w", "%{http_code} ", url, NULL}), 0);
  net_stop(&fixture.lab.weir);
  assert_int_equal(strlen(out), 4 * 32);
  return out;
}

static void chance_is_the_same_for_a_seed(void **state) {
  (void)state;
  char *first = draw("7"), *again = draw("7"), *other = draw("8");
  assert_non_null(strstr(first, "200 "));
  assert_non_null(strstr(first, "299 "));
  assert_string_equal(first, again);
  assert_string_not_equal(first, other);
  free(first);
  free(again);
  free(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(what_each_action_does, fixture_stop),
      cmocka_unit_test_teardown(another_server_is_asked, fixture_stop),
      cmocka_unit_test_teardown(cookies_stick, fixture_stop),
      cmocka_unit_test_teardown(passwords_stick, fixture_stop),
      cmocka_unit_test_teardown(chance_is_the_same_for_a_seed, fixture_stop),
  };
  return cmocka_run_group_tests(tests, fixture_lab_origin, fixture_close);
}
