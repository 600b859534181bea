/* Long bodies on their way into a file and to the clipboard: in slices, with a limit, stopped by Esc, whatever becomes of
 * the list meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "screen.h"
#include "ui/ui_state.h"
#include "weir/body/decode.h"

#define LONG (24u << 20)

static char folder[200];

/* #1 is short, #2 has a body of many slices, #3 one that would be many times as long, decoded. */
static void open_long(struct screen *s) {
  struct buf text = BUF_INIT, zeros = BUF_INIT, bomb = BUF_INIT;
  memset(buf_reserve(&text, LONG), 'x', LONG);
  text.n = LONG;
  memset(buf_reserve(&zeros, 80u << 20), 0, 80u << 20);
  zeros.n = 80u << 20;
  assert_true(body_encode(SLICE("gzip"), buf_slice(&zeros), &bomb, NULL));
  screen_open(s, 100, 24);
  screen_flow(s, &(struct script){.method = "GET", .host = "a.test", .path = "/short", .status = 200, .reason = "OK"});
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "a.test",
                                  .path = "/long",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_body = text.p,
                                  .response_body_n = text.n});
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "a.test",
                                  .path = "/bomb",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = "Content-Encoding: gzip\r\n",
                                  .response_body = bomb.p,
                                  .response_body_n = bomb.n});
  screen_turn(s);
  buf_clear(&text);
  buf_clear(&zeros);
  buf_clear(&bomb);
}

static const char *in_folder(const char *name) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void command(struct screen *s, const char *words) {
  screen_keys(s, ":");
  screen_type(s, words);
  screen_keys(s, "Enter");
}

static void write_har(struct screen *s) {
  char words[256];
  snprintf(words, sizeof words, "write-har %s", in_folder("all.har"));
  command(s, words);
}

static void wait_written(struct screen *s) {
  for (int i = 0; i < 100000 && s->ui->list_file != NULL; i++)
    screen_turn(s);
  assert_null(s->ui->list_file);
}

static json_t *entries(json_t **root) {
  *root = json_load_file(in_folder("all.har"), 0, NULL);
  assert_non_null(*root);
  return json_object_get(json_object_get(*root, "log"), "entries");
}

static void har_of_long_bodies(void **state) {
  struct screen s;
  json_t *root;
  (void)state;
  open_long(&s);
  write_har(&s);
  assert_non_null(s.ui->list_file); /* not in the key's own turn */
  wait_written(&s);
  assert_has(&s, "3 flows written, 1 without a body that decodes to more than 64 MB: ");
  json_t *all = entries(&root);
  assert_int_equal(json_array_size(all), 3);
  json_t *content = json_object_get(json_object_get(json_array_get(all, 1), "response"), "content");
  assert_int_equal(strlen(json_string_value(json_object_get(content, "text"))), LONG);
  json_decref(root);
  unlink(in_folder("all.har"));
  screen_close(&s);
}

/* The list is cleared: the entry that is being written goes with its flow, those in front of it stay. */
static void a_flow_that_leaves_meanwhile(void **state) {
  struct screen s;
  json_t *root;
  (void)state;
  open_long(&s);
  write_har(&s);
  screen_keys(&s, "X");
  wait_written(&s);
  assert_has(&s, "1 flow written to");
  json_t *all = entries(&root);
  assert_int_equal(json_array_size(all), 1);
  json_decref(root);
  unlink(in_folder("all.har"));
  screen_close(&s);
}

static void a_har_says_what_it_leaves_out(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 24);
  screen_flow(&s, &(struct script){.method = "GET", .host = "a.test", .path = "/x", .status = 200, .reason = "OK"});
  for (int i = 0; i < 2; i++) {
    struct peer *c = screen_client(&s);
    screen_send(&s, c, "CONNECT a.test:22 HTTP/1.1\r\nHost: a.test:22\r\n\r\n");
    screen_send(&s, &s.server[i], "SSH-2.0-x\r\n");
  }
  write_har(&s);
  wait_written(&s);
  assert_has(&s, "1 flow written, 2 left out: tunnels and raw streams have no HAR: ");
  unlink(in_folder("all.har"));
  screen_close(&s);
}

static void esc_leaves_no_file(void **state) {
  struct screen s;
  (void)state;
  open_long(&s);
  write_har(&s);
  screen_keys(&s, "Esc");
  assert_has(&s, "writing stopped");
  assert_int_not_equal(access(in_folder("all.har"), F_OK), 0);
  assert_int_not_equal(access(in_folder("all.har.part"), F_OK), 0);
  screen_close(&s);
}

static void what_is_too_long_is_not_copied(void **state) {
  static const struct {
    const char *path, *keys, *says;
  } cases[] = {
      {"/long", "y b", "its body is too long to be copied (24M): wb writes it to a file"},
      {"/long", "y j", "its body is too long to be copied (24M): wh writes it to a file"},
      {"/bomb", "y b", "it is binary: wb writes it to a file"},
      {"/bomb", "y j", "HAR entry copied"}, /* without the body, which its comment says */
      {"/short", "y j", "HAR entry copied"},
  };
  struct screen s;
  (void)state;
  open_long(&s);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    screen_keys(&s, "g g");
    for (int k = 0; k < (cases[i].path[1] == 'l' ? 1 : cases[i].path[1] == 'b' ? 2 : 0); k++)
      screen_keys(&s, "j");
    screen_keys(&s, cases[i].keys);
    for (int turn = 0; turn < 100000 && s.ui->copy_job != NULL; turn++)
      screen_turn(&s);
    assert_has(&s, cases[i].says);
  }
  screen_close(&s);
}

static int make_folder(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  snprintf(folder, sizeof folder, "%s/weir-exports-XXXXXX", tmp != NULL ? tmp : "/tmp");
  return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(har_of_long_bodies),
      cmocka_unit_test(a_flow_that_leaves_meanwhile),
      cmocka_unit_test(a_har_says_what_it_leaves_out),
      cmocka_unit_test(esc_leaves_no_file),
      cmocka_unit_test(what_is_too_long_is_not_copied),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
