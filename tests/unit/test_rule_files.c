/* Answers from files, and that nothing outside their folder is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/rule/intercept.h"

static char folder[] = "/tmp/weir-files-XXXXXX";

static const char *at(const char *name) {
  static char path[300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void put(const char *name, const char *text) {
  FILE *f = fopen(at(name), "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static const char *const folders[] = {"site", "site/docs", "site/empty", "site-2"};
static const char *const names[] = {
    "secret",  "site-2/x",  "site/index.html", "site/a b.css",   "site/docs/index.html", "site/up",       "site/out",
    "site/in", "site/pipe", "site/long.bin",   "site/locked.js", "site/%2e%2e.txt",      "site/docs/far", "site-2/x_y"};

static int make_tree(void **state) {
  (void)state;
  if (!mkdtemp(folder))
    return -1;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (mkdir(at(folders[i]), 0700))
      return -1;
  put("secret", "secret");
  put("site-2/x", "secret");
  put("site-2/x_y", "mended");
  put("site/index.html", "<h1>top</h1>");
  put("site/a b.css", "p{}");
  put("site/docs/index.html", "docs");
  put("site/locked.js", "1");
  put("site/%2e%2e.txt", "odd");
  put("site/long.bin", "");
  return symlink("..", at("site/up")) || symlink("../secret", at("site/out")) ||
         symlink("docs/index.html", at("site/in")) || symlink("/etc", at("site/docs/far")) ||
         mkfifo(at("site/pipe"), 0600) || truncate(at("site/long.bin"), RULE_BODY_MAX + 1);
}

static int remove_tree(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unlink(at(names[i]));
  for (size_t i = sizeof folders / sizeof *folders; i > 0; i--)
    rmdir(at(folders[i - 1]));
  return rmdir(folder);
}

struct given {
  int status;    /* 0: the rule did not act */
  uint64_t size; /* of the file that is read while it is sent */
  char type[80], location[200], body[200], says[400];
};

static struct given asked(const char *options, const char *path) {
  struct given given = {0};
  struct rules *rules = rules_new();
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  struct flow_pause *pause = NULL;
  char text[600];
  struct err err = ERR_INIT;
  snprintf(text, sizeof text, "[f] => file %s%s", folder, options);
  if (!rule_add(rules, text, RULE_AT_END, &err))
    fail_msg("%s: %s", text, err.text);
  struct flow *f = build_get(path);
  assert_int_equal(rules_ask(rules, HOOK_REQUEST_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
  assert_int_equal(f->touched != NULL, effects.answer != NULL);
  if (effects.answer) {
    struct slice value;
    struct buf body = BUF_INIT;
    given.status = effects.answer->head.status;
    if (http_head_find(&effects.answer->head, "Content-Type", &value))
      snprintf(given.type, sizeof given.type, "%.*s", (int)value.n, value.p);
    if (http_head_find(&effects.answer->head, "Location", &value))
      snprintf(given.location, sizeof given.location, "%.*s", (int)value.n, value.p);
    body_copy(&effects.answer->body, &body);
    if (effects.from) { /* as much of it as is looked at */
      char bytes[100];
      ssize_t n = read(effects.from->fd, bytes, sizeof bytes);
      assert_true(n >= 0);
      buf_add(&body, bytes, (size_t)n);
      given.size = effects.from->size;
    }
    snprintf(given.body, sizeof given.body, "%s", buf_text(&body));
    buf_clear(&body);
  }
  snprintf(given.says, sizeof given.says, "%s", effects.says.n ? buf_text(&effects.says) : "");
  rule_effects_clear(&effects);
  flow_free(f);
  rules_free(rules);
  return given;
}

static void what_is_there(void **state) {
  static const struct {
    const char *options, *path;
    int status;
    const char *type, *body, *location;
  } cases[] = {
      {"/site", "/", 200, "text/html; charset=utf-8", "<h1>top</h1>", ""},
      {"/site", "/index.html?x=/../y", 200, "text/html; charset=utf-8", "<h1>top</h1>", ""},
      {"/site/", "//a%20b.css", 200, "text/css; charset=utf-8", "p{}", ""},
      {"/site", "/./docs/", 200, "text/html; charset=utf-8", "docs", ""},
      {"/site", "/docs?q=1", 301, "", "", "/docs/?q=1"},
      {"/site", "//docs", 301, "", "", "/docs/"},
      {"/site", "/in", 200, "application/octet-stream", "docs", ""},
      {"/site", "/%252e%252e.txt", 200, "text/plain; charset=utf-8", "odd", ""},
      {"/site below /static", "/static/docs/", 200, "text/html; charset=utf-8", "docs", ""},
      {"/site below /static/", "/static", 200, "text/html; charset=utf-8", "<h1>top</h1>", ""},
      /* build_get()'s host is shop.test */
      {"/site after /shop.test\\/static/", "/static/docs/?q=/x", 200, "text/html; charset=utf-8", "docs", ""},
      {"/site after /\\/static/", "/static/docs", 200, "text/html; charset=utf-8", "docs", ""},
      {"/site after /\\/STATIC/i", "/static?q", 200, "text/html; charset=utf-8", "<h1>top</h1>", ""},
      {"/site after /v\\d\\/(.+)\\/now/", "/v2/a%20b.css/now", 200, "text/css; charset=utf-8", "p{}", ""},
      {"/site after /\\/x(y)?/", "/x", 200, "text/html; charset=utf-8", "<h1>top</h1>", ""},
      {"/site after /\\/static/", "/styles/docs/", 0, "", "", ""},
      {"/site after /\\/static/ else server", "/static/none", 0, "", "", ""},
      {"/site-2 after /\\/static/", "/static/..", 404, "text/plain; charset=utf-8",
       "weir: there is no such file (the row in weir says more)\n", ""},
      {"/site-2 after /\\/static/", "/static/x%3Fy", 200, "application/octet-stream", "mended", ""},
      {"/site/locked.js after /any/", "/any/x", 200, "text/javascript; charset=utf-8", "1", ""},
      {"/site/locked.js after /any/", "/other", 0, "", "", ""},
      {"/site/locked.js", "/any/path/../at%2fall", 200, "text/javascript; charset=utf-8", "1", ""},
      {"/site below /static", "/statics/docs/", 0, "", "", ""},
      {"/site else server", "/none", 0, "", "", ""},
      {"/site else server", "/long.bin", 200, "application/octet-stream", "", ""},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct given given = asked(cases[i].options, cases[i].path);
    if (strstr(cases[i].path, "long") && given.size != RULE_BODY_MAX + 1)
      fail_msg("%s: %llu bytes", cases[i].path, (unsigned long long)given.size);
    if (given.status != cases[i].status || strcmp(given.type, cases[i].type) != 0 ||
        strcmp(given.body, cases[i].body) != 0 || strcmp(given.location, cases[i].location) != 0)
      fail_msg("%s %s: %d %s %s %s (%s)", cases[i].options, cases[i].path, given.status, given.type, given.body,
               given.location, given.says);
  }
}

static void what_leads_out(void **state) {
  static const struct {
    const char *path, *says;
  } cases[] = {
      {"/../secret", "leads out"},
      {"/%2e%2e/secret", "leads out"},
      {"/%2E./secret", "leads out"},
      {"/docs/../../secret", "leads out"},
      {"/docs/..%2f..%2fsecret", "leads out"},
      {"/..", "leads out"},
      {"/docs/..", "leads out"},
      {"/%2f..%2fsecret", "leads out"},
      {"/%2fetc/passwd", "leads out"},
      {"/index.html%00.css", "leads out"},
      {"/../site-2/x", "leads out"},
      {"/out", "is a link that leads out"},
      {"/up/secret", "is a link that leads out"},
      {"/up/site-2/x", "is a link that leads out"},
      {"/docs/far/passwd", "is a link that leads out"},
      {"/pipe", "is no plain file"},
      {"/none", "No such file"},
      {"/empty/", "No such file"},
      {"/index.html/x", "Not a directory"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct given given = asked("/site", cases[i].path);
    if (given.status != 404 || !strstr(given.says, cases[i].says) || strstr(given.body, "secret"))
      fail_msg("%s: %d %s (%s)", cases[i].path, given.status, given.body, given.says);
  }
  assert_int_equal(asked("/site else server", "/../secret").status, 404);
  assert_int_equal(asked("/nothing", "/").status, 404);
}

static void may_not_be_read(void **state) {
  (void)state;
  if (geteuid() == 0)
    return; /* may read everything */
  assert_int_equal(chmod(at("site/locked.js"), 0), 0);
  assert_int_equal(asked("/site", "/locked.js").status, 403);
  assert_int_equal(chmod(at("site/locked.js"), 0600), 0);
}

static void wrong_words(void **state) {
  static const struct {
    const char *text, *says;
  } cases[] = {
      {"=> file", "which file or folder?"},
      {"=> file a b", "one with blanks wants quotes"},
      {"=> file a else 404", "else server"},
      {"=> file a below static", "below which path"},
      {"=> file a after static", "stands between slashes"},
      {"=> file a after /(/", "missing closing parenthesis"},
      {"=> file a below /b after /c/", "below /PREFIX or after /REGEX/"},
      {"=> file \"a", "the closing \" is missing"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct err err = ERR_INIT;
    assert_false(rule_check(slice_of(cases[i].text), &err));
    if (!strstr(err.text, cases[i].says))
      fail_msg("%s: %s", cases[i].text, err.text);
  }
  assert_true(rule_check(SLICE("=> file \"a b\" below /x else server"), NULL));
}

/* answer @FILE: what is no plain file is refused in words, and nothing waits for it. */
static void answers_from_one_file(void **state) {
  static const struct {
    const char *path, *says; /* NULL: it is one */
  } cases[] = {
      {"site/docs/index.html", NULL},    {"site/out", NULL}, /* who wrote the rule chose the link */
      {"site/long.bin", NULL},           {"site/pipe", "is no plain file"},
      {"site/docs", "is no plain file"}, {"site/docs/far", "is no plain file"},
      {"/dev/zero", "is no plain file"}, {"site/none", "No such file"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rules *rules = rules_new();
    struct rules_inquiry *inquiry = NULL;
    struct rule_effects effects = {0};
    struct flow_pause *pause = NULL;
    struct flow *f = build_get("/");
    char text[400];
    snprintf(text, sizeof text, "=> answer 200 @%s", cases[i].path[0] == '/' ? cases[i].path : at(cases[i].path));
    assert_int_not_equal(rule_add(rules, text, RULE_AT_END, NULL), 0);
    assert_int_equal(rules_ask(rules, HOOK_REQUEST_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
    int status = effects.answer ? effects.answer->head.status : 0; /* no server is asked in any case */
    if ((effects.from != NULL) != !cases[i].says || status != (cases[i].says ? 502 : 200) ||
        (cases[i].says && !strstr(buf_text(&effects.says), cases[i].says)))
      fail_msg("%s: %s", text, buf_text(&effects.says));
    rule_effects_clear(&effects);
    flow_free(f);
    rules_free(rules);
  }
}

/* There the body has to be at hand. */
static void in_the_place_of_a_response(void **state) {
  (void)state;
  for (int is_long = 0; is_long < 2; is_long++) {
    struct rules *rules = rules_new();
    struct rules_inquiry *inquiry = NULL;
    struct rule_effects effects = {0};
    struct flow_pause *pause = NULL;
    struct flow *f = build_get("/");
    char text[400];
    snprintf(text, sizeof text, "200 => answer 201 @%s", at(is_long ? "site/long.bin" : "site/docs/index.html"));
    assert_int_not_equal(rule_add(rules, text, RULE_AT_END, NULL), 0);
    assert_int_equal(rules_ask(rules, HOOK_RESPONSE_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
    assert_null(effects.from);
    assert_int_equal(f->response.sent != NULL, !is_long);
    assert_int_equal(is_long, effects.says.n && strstr(effects.says.p, "is longer than 8 MiB") != NULL);
    if (!is_long)
      assert_int_equal(f->response.sent->body.kept, 4);
    rule_effects_clear(&effects);
    flow_free(f);
    rules_free(rules);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_from_one_file), cmocka_unit_test(in_the_place_of_a_response),
      cmocka_unit_test(what_is_there),         cmocka_unit_test(what_leads_out),
      cmocka_unit_test(may_not_be_read),       cmocka_unit_test(wrong_words),
  };
  return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
