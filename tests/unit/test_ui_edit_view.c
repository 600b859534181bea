/*
 * Editing messages on the screen: the whole program but for its terminal (a fake one) and its network (streams in
 * memory). Keys go in; what the server gets and what the screen shows comes out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "canvas_dump.h"
#include "memory_stream.h"
#include "terminal_fake.h"
#include "turns.h"
#include "ui/draft.h"
#include "weir/io/signals.h"

#define PEERS 12

struct peer {
  struct stream *stream;
  struct buf got;
};

static struct {
  struct weir w;
  struct options options;
  struct terminal *terminal;
  struct ui *ui;
  struct peer client, server[PEERS];
  size_t servers;
  struct buf screen;
} t;

static unsigned peer_want(void *arg) {
  (void)arg;
  return STREAM_READ;
}

static void peer_ready(void *arg, unsigned events) {
  struct peer *p = arg;
  size_t n;
  (void)events;
  while (stream_recv(p->stream, buf_reserve(&p->got, 4096), 4096, &n) == IO_OK) {
    p->got.n += n;
    p->got.p[p->got.n] = '\0';
  }
}

static struct stream *join(struct peer *p) {
  struct stream *theirs;
  memory_stream_pair(t.w.loop, &(struct memory_options){0}, &theirs, &p->stream);
  stream_set_user(p->stream, (struct stream_user){peer_want, peer_ready, p});
  stream_touch(p->stream);
  return theirs;
}

static struct stream *dial(void *arg, const char *host, uint16_t port) {
  (void)arg;
  (void)host;
  (void)port;
  return t.servers < PEERS ? join(&t.server[t.servers++]) : NULL;
}

static void say(struct peer *p, struct slice s) {
  size_t n;
  assert_int_equal(stream_send(p->stream, s.p, s.n, &n), IO_OK);
  assert_int_equal(n, s.n);
}

static void deliver(void *arg) {
  (void)arg;
  store_deliver(t.w.store);
}

static int set_up(void **state) {
  (void)state;
  memset(&t, 0, sizeof t);
  assert_non_null(freopen("/dev/null", "r", stdin)); /* no terminal of the tester's for the editors */
  setenv("TMPDIR", "/tmp", 1);
  unsetenv("XDG_RUNTIME_DIR");
  unsetenv("VISUAL");
  unsetenv("EDITOR");
  options_init(&t.options);
  t.options.embed = false; /* test_ui_editor_pane.c has the other way */
  t.w.options = &t.options;
  t.w.loop = loop_new();
  assert_true(signals_open(t.w.loop, NULL));
  t.w.store = store_new(64u << 20, 1000);
  loop_add_hook(t.w.loop, deliver, NULL);
  t.w.rules = rules_new();
  t.w.proxy = proxy_new(t.w.loop, NULL, t.w.store, t.w.rules, &t.options.proxy);
  proxy_set_dial(t.w.proxy, dial, NULL);
  t.terminal = terminal_fake(t.w.loop, 100, 20);
  t.terminal->ascii = true;
  t.ui = ui_new(&t.w, t.terminal);
  proxy_accept(t.w.proxy, join(&t.client));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  ui_free(t.ui);
  t.terminal->ops->free(t.terminal);
  proxy_free(t.w.proxy);
  for (size_t i = 0; i < t.servers; i++) {
    stream_free(t.server[i].stream);
    buf_clear(&t.server[i].got);
  }
  stream_free(t.client.stream);
  buf_clear(&t.client.got);
  siginfo_t info;
  TURN_UNTIL(t.w.loop, waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0); /* no child is left */
  loop_remove_hook(t.w.loop, deliver, NULL);
  store_free(t.w.store);
  rules_free(t.w.rules);
  signals_close();
  loop_free(t.w.loop);
  options_clear(&t.options);
  buf_clear(&t.screen);
  return 0;
}

static const char *screen(void) {
  ui_paint(t.ui);
  buf_reset(&t.screen);
  canvas_dump(terminal_fake_screen(t.terminal), &t.screen);
  return buf_text(&t.screen);
}

static void assert_shows(const char *text) {
  if (!strstr(screen(), text))
    fail_msg("\"%s\" is not on the screen:\n%s", text, buf_text(&t.screen));
}

static void press(const char *names) {
  char *copy = mem_dup(names), *rest = NULL;
  for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
    terminal_fake_key(t.terminal, name);
  free(copy);
}

static struct flow *flow(uint64_t id) {
  struct flow *f = store_get(t.w.store, id);
  assert_non_null(f);
  return f;
}

static bool is_paused(uint64_t id) {
  const struct flow *f = store_get(t.w.store, id);
  return f && f->paused != FLOW_RUNNING;
}

/* The cursor onto the newest flow, as soon as the list knows it. */
static void select_last(void) {
  TURN_UNTIL(t.w.loop, filter_index_count(t.ui->index) == store_count(t.w.store));
  press("G");
}

static void pause_next(struct slice request) {
  uint64_t id = store_stats(t.w.store).added + 1;
  struct err err = ERR_INIT;
  assert_true(intercept_set(t.w.rules, "~q", &err));
  say(&t.client, request);
  TURN_UNTIL(t.w.loop, is_paused(id));
  intercept_enable(t.w.rules, false);
  select_last();
}

static const char login[] =
    "POST http://api.test/login HTTP/1.1\r\nHost: api.test\r\nContent-Length: 9\r\n\r\n{\"p\":\"b\"}";

static bool got(size_t server, const char *text) {
  return server < t.servers && strstr(buf_text(&t.server[server].got), text) != NULL;
}

static void a_paused_message_is_changed(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e");
  assert_shows("Edit request #1 (paused), whole message");
  assert_shows("   1   POST http://api.test/login HTTP/1.1");
  assert_shows("ok: the head is valid; Content-Length 9");
  press("Down End Enter =X-Debug:1");
  assert_shows("   3 + X-Debug:1");
  press("Tab Right Right =qr");
  assert_shows("   6 ~ {\"qrp\":\"b\"}");
  assert_shows("Content-Length 9 -> 11, updated for you");
  assert_shows("2 changes");
  press("Ctrl-S");
  TURN_UNTIL(t.w.loop, got(0, "{\"qrp\":\"b\"}"));
  assert_true(got(0, "POST /login HTTP/1.1\r\nHost: api.test\r\nX-Debug:1\r\nContent-Length: 11\r\n"));
  assert_false(is_paused(1));
  assert_shows("#1 goes on as you changed it");
}

static void every_byte_of_the_body_arrives(void **state) {
  (void)state;
  struct buf request = BUF_INIT, body = BUF_INIT;
  for (int i = 0; i < 256; i++)
    buf_add_byte(&body, (char)i);
  buf_add_text(&body, "\r\n\r\n-");
  buf_printf(&request, "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX: 1\r\nContent-Length: %zu\r\n\r\n", body.n);
  buf_add_slice(&request, buf_slice(&body));
  pause_next(buf_slice(&request));
  press("e Down Down End =2 Ctrl-S");
  TURN_UNTIL(t.w.loop, got(0, "X: 12\r\n"));
  TURN_UNTIL(t.w.loop,
             t.server[0].got.n > body.n && !memcmp(t.server[0].got.p + t.server[0].got.n - body.n, body.p, body.n));
  buf_clear(&request);
  buf_clear(&body);
}

static void the_length_may_be_locked(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e Alt-L");
  assert_shows("Content-Length stays as typed");
  press("Tab =+");
  assert_shows("Content-Length 9 stays as typed, the body has 10");
  press("Ctrl-S");
  TURN_UNTIL(t.w.loop, got(0, "+{"));
  assert_true(got(0, "Content-Length: 9\r\n"));
}

static void what_is_no_message_is_refused(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e Down End Enter =bad Space =name:1 Ctrl-Home");
  press("Ctrl-S");
  assert_true(is_paused(1));
  assert_shows("+ bad name:1");
  assert_shows("white space in a field name");
  size_t line, column;
  editor_place(t.ui->drafts->first->editor, &line, &column);
  assert_int_equal(line, 3); /* the cursor went to the place */
  assert_string_equal(t.ui->top->ops->name, "editor");
  press("Ctrl-O");
  assert_true(is_paused(1));
  assert_string_equal(t.ui->top->ops->name, "editor");
  press("Ctrl-K Ctrl-S");
  TURN_UNTIL(t.w.loop, got(0, "{\"p\":\"b\"}"));
}

static void kept_and_sent_later(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e Alt-R =login Enter =users Enter");
  assert_shows("1 replaced");
  press("Ctrl-O");
  assert_shows("#1 is changed and still paused: a sends it");
  assert_true(is_paused(1));
  assert_int_equal(t.servers, 0);
  assert_null(t.ui->drafts->first);
  assert_int_equal(t.ui->cursor, 1);
  press("a");
  TURN_UNTIL(t.w.loop, got(0, "POST /users HTTP/1.1\r\n"));
  assert_true(flow_edited(flow(1)));
}

static void an_unchanged_message_goes_as_it_came(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e =x Backspace Ctrl-S");
  TURN_UNTIL(t.w.loop, got(0, "{\"p\":\"b\"}"));
  assert_false(flow_edited(flow(1)));
}

static void a_draft_is_kept(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e Down =draft- Esc");
  assert_shows("draft of #1 kept, nothing was sent");
  assert_true(is_paused(1));
  assert_int_equal(flow(1)->pins, 1);
  press("e");
  assert_shows("your draft of #1 is back");
  assert_shows("~ draft-Host: api.test");
  press("Alt-U Esc");
  assert_null(t.ui->drafts->first);
  assert_int_equal(flow(1)->pins, 0);
}

static void a_copy_of_a_recorded_one_is_sent(void **state) {
  (void)state;
  say(&t.client, SLICE("GET http://a.test/one HTTP/1.1\r\nHost: a.test\r\n\r\n"));
  TURN_UNTIL(t.w.loop, got(0, "GET /one"));
  say(&t.server[0], SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  TURN_UNTIL(t.w.loop, flow_finished(flow(1)));
  select_last();
  press("e");
  assert_shows("Edit request #1 (a copy)");
  press("Ctrl-W =one Enter Del Del Del =two Ctrl-S");
  assert_shows("sent as #2");
  TURN_UNTIL(t.w.loop, got(1, "GET /two"));
  assert_int_equal(flow(2)->parent, 1);
  assert_true(slice_find(http_head_raw(&flow(1)->request.head), SLICE("/one")) >= 0);
}

static void a_client_that_left_is_told(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e Down End Enter =X:1");
  stream_abort(t.client.stream);
  t.client.stream = NULL;
  TURN_UNTIL(t.w.loop, !is_paused(1) || flow(1)->client_gone);
  ui_dirty(t.ui);
  loop_turn(t.w.loop, 0);
  assert_shows("nobody waits for it any more: Ctrl-S sends it as a new request"); /* at once, not only then */
  press("Ctrl-S");
  assert_shows("nobody waits for #1 any more");
  assert_int_equal(t.servers, 0);
  press("Ctrl-S");
  TURN_UNTIL(t.w.loop, got(0, "X:1\r\n"));
  assert_int_equal(flow(2)->parent, 1);
}

static void find_goes_on(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e Ctrl-W =API Enter");
  assert_int_equal(editor_cursor(t.ui->drafts->first->editor), 12);
  press("Alt-W");
  assert_int_equal(editor_cursor(t.ui->drafts->first->editor), 42);
  press("Ctrl-W Enter");
  assert_int_equal(editor_cursor(t.ui->drafts->first->editor), 12);
  press("Ctrl-W =nowhere Enter");
  assert_shows("not found: nowhere");
  press("Tab");
  assert_shows("line 5 col 1");
  press("Tab");
  assert_shows("line 3 col 18");
}

static void keys_of_other_screens_do_nothing_here(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e Ctrl-B Ctrl-T Alt-Q PgUp Ctrl-F");
  assert_false(editor_changed(t.ui->drafts->first->editor));
  assert_string_equal(t.ui->top->ops->name, "editor");
  press("? a 5 q");
  assert_shows("~ ?a5qPOST");
}

static void the_persons_own_editor(void **state) {
  (void)state;
  pause_next(slice_of(login));
  setenv("EDITOR", "sed -i 's/^Host.*/&\\nX-Ext: 1/'", 1);
  press("E");
  TURN_UNTIL(t.w.loop, !t.ui->drafts->first);
  assert_shows("changed in sed; #1 is still paused: a sends it");
  assert_true(is_paused(1));
  assert_int_equal(t.ui->cursor, 1);
  press("a");
  TURN_UNTIL(t.w.loop, got(0, "X-Ext: 1\r\nContent-Length: 9\r\n\r\n{\"p\":\"b\"}"));
}

static void traffic_passes_while_it_is_open(void **state) {
  (void)state;
  pause_next(slice_of(login));
  setenv("EDITOR", "sh -c 'kill -STOP $$; sed -i s/login/later/ \"$0\"'", 1);
  press("E");
  struct peer other = {0};
  proxy_accept(t.w.proxy, join(&other));
  for (size_t i = 1; i <= 5; i++) {
    say(&other, SLICE("GET http://b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n"));
    TURN_UNTIL(t.w.loop, t.servers >= 1 && t.server[0].got.n > 0);
    buf_reset(&t.server[0].got);
    say(&t.server[0], SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    TURN_UNTIL(t.w.loop, flow_finished(flow(i + 1)));
  }
  struct draft *d = t.ui->drafts->first;
  TURN_UNTIL(t.w.loop, d->external && external_away(d->external));
  assert_shows("sh has this text: Ctrl-E goes back to it");
  press("=x"); /* not while it is out */
  assert_false(editor_changed(d->editor));
  press("Esc");
  assert_shows("sh still has the text of #1");
  press("E");
  TURN_UNTIL(t.w.loop, !t.ui->drafts->first);
  assert_shows("changed in sh; #1 is still paused");
  press("a");
  TURN_UNTIL(t.w.loop, got(1, "POST /later"));
  stream_free(other.stream);
  buf_clear(&other.got);
}

static void trouble_with_it_loses_nothing(void **state) {
  (void)state;
  pause_next(slice_of(login));
  setenv("EDITOR", "/nonexistent/editor", 1);
  press("e =k Ctrl-E");
  assert_shows("cannot run /nonexistent/editor");
  setenv("EDITOR", "sh -c 'kill -9 $$'", 1);
  press("Ctrl-E");
  struct draft *d = t.ui->drafts->first;
  TURN_UNTIL(t.w.loop, !d->external);
  assert_shows("sh was ended by signal 9");
  assert_shows("~ kPOST");
  setenv("EDITOR", "sh -c 'echo nonsense > \"$0\"'", 1);
  press("Backspace Esc E");
  TURN_UNTIL(t.w.loop, t.ui->drafts->first && !t.ui->drafts->first->external);
  assert_string_equal(t.ui->top->ops->name, "editor"); /* no message: it is shown, not applied */
  assert_shows("nonsense");
  assert_true(is_paused(1));
  press("Alt-U Ctrl-S");
  TURN_UNTIL(t.w.loop, got(0, "POST /login"));
}

static void quitting_with_it_open(void **state) {
  (void)state;
  pause_next(slice_of(login));
  setenv("EDITOR", "sh -c 'kill -STOP $$'", 1);
  press("e Ctrl-E");
  struct draft *d = t.ui->drafts->first;
  TURN_UNTIL(t.w.loop, external_away(d->external));
  press("Alt-K");
  assert_null(d->external);
  press("Ctrl-E"); /* tear_down sees that no child and no memory is left */
  assert_non_null(d->external);
}

static void the_hints_name_what_works_here(void **state) {
  (void)state;
  pause_next(slice_of(login));
  press("e");
  assert_shows("Ctrl-S send  Ctrl-O keep  Esc leave");
  assert_shows("F1 all keys"); /* a question mark is text here */
  press("?");
  assert_string_equal(t.ui->top->ops->name, "editor");
  terminal_fake_resize(t.terminal, 160, 50);
  press("F1");
  assert_shows("F3 ");
  assert_null(strstr(screen(), "quit now")); /* Q is text */
  assert_shows("Content-Length: follows the body, or stays as typed");
}

static void any_size_will_do(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {30, 6}, {40, 10}, {300, 200}, {31, 7}};
  pause_next(slice_of(login));
  press("e");
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    terminal_fake_resize(t.terminal, sizes[i][0], sizes[i][1]);
    press("Down =x");
    screen();
  }
  terminal_fake_resize(t.terminal, 40, 10);
  assert_shows("POST http://api.test/login");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_paused_message_is_changed),
      TEST(every_byte_of_the_body_arrives),
      TEST(the_length_may_be_locked),
      TEST(what_is_no_message_is_refused),
      TEST(kept_and_sent_later),
      TEST(an_unchanged_message_goes_as_it_came),
      TEST(a_draft_is_kept),
      TEST(a_copy_of_a_recorded_one_is_sent),
      TEST(a_client_that_left_is_told),
      TEST(find_goes_on),
      TEST(keys_of_other_screens_do_nothing_here),
      TEST(the_persons_own_editor),
      TEST(traffic_passes_while_it_is_open),
      TEST(trouble_with_it_loses_nothing),
      TEST(quitting_with_it_open),
      TEST(the_hints_name_what_works_here),
      TEST(any_size_will_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
