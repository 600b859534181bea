/* u and Ctrl-R: what changes the list, marks, notes, edits and the intercept goes back and forth; the line says what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"

#define POST "POST http://shop.test/login HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 3\r\n\r\nbad"

static size_t flows(struct screen *s) {
  return store_stats(s->w.store).flows;
}

static void list_back_and_forth(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  size_t all = flows(&s);
  screen_keys(&s, "5 G d");
  screen_keys(&s, "g x"); /* the message of the act makes room */
  assert_true(screen_has(&s, "u undo: delete #5"));
  screen_keys(&s, "X");
  size_t left = flows(&s);
  assert_true(left < all - 1);
  screen_keys(&s, "u");
  assert_int_equal(flows(&s), all - 1);
  screen_keys(&s, "u");
  assert_int_equal(flows(&s), all);
  assert_true(screen_has(&s, "taken back: delete #5"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "nothing to undo"));
  screen_keys(&s, "Ctrl-R");
  assert_int_equal(flows(&s), all - 1);
  assert_null(store_get(s.w.store, 5));
  assert_true(screen_has(&s, "done again: delete #5"));
  screen_keys(&s, "Ctrl-R");
  assert_int_equal(flows(&s), left);
  screen_keys(&s, "Ctrl-R");
  assert_true(screen_has(&s, "nothing to do again"));
  screen_keys(&s, "2 u"); /* a number: so many steps */
  assert_int_equal(flows(&s), all);
  screen_keys(&s, "1 G m Ctrl-R"); /* a new act: what was taken back is gone for good */
  assert_true(screen_has(&s, "nothing to do again"));
  screen_keys(&s, "u u"); /* and not in the way of what was done before */
  assert_true(screen_has(&s, "nothing to undo"));
  assert_int_equal(flows(&s), all);
  screen_close(&s);
}

static void a_cleared_list_says_so(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  assert_true(screen_has(&s, "nothing has passed yet"));
  for (int i = 0; i < 3; i++)
    screen_flow(&s, &(struct script){.method = "GET", .host = "shop.test", .path = "/", .status = 200});
  screen_turn(&s);
  screen_keys(&s, "X");
  assert_false(screen_has(&s, "nothing has passed"));
  assert_true(screen_has(&s, "the list was cleared"));
  assert_true(screen_has(&s, "u brings the 3 flows back"));
  screen_keys(&s, "u d d d"); /* one by one it comes to the same */
  assert_true(screen_has(&s, "the list was cleared"));
  assert_true(screen_has(&s, "u brings the flow back"));
  screen_keys(&s, "u");
  assert_false(screen_has(&s, "the list was cleared"));
  screen_close(&s);
}

static void a_filter_taken_away(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "! ! g g");
  assert_true(screen_has(&s, "u undo: clear the filter"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "taken back: clear the filter"));
  screen_close(&s);
}

/* What a break was for has happened: nothing of it can be taken back, so nothing offers to. */
static void a_break_that_fired_is_no_step(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  screen_send(&s, &s.server[0], "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  screen_keys(&s, "g g m b g g");
  assert_true(screen_has(&s, "u undo: break at POST shop.test/login"));
  screen_send(&s, c, POST);
  assert_true(screen_has(&s, "1 PAUSED"));
  screen_keys(&s, "g g");
  assert_false(screen_has(&s, "undo: break"));
  assert_true(screen_has(&s, "u undo: mark #1"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "taken back: mark #1"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "nothing to undo"));
  screen_keys(&s, "Ctrl-R Ctrl-R");
  assert_true(screen_has(&s, "nothing to do again"));
  assert_true(store_get(s.w.store, 1)->marked);
  screen_close(&s);
}

static void marks_and_notes(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  struct flow *f = store_get(s.w.store, 3);
  screen_keys(&s, "3 G m ;");
  screen_type(&s, "first");
  screen_keys(&s, "Enter ; Ctrl-U");
  screen_type(&s, "second");
  screen_keys(&s, "Enter");
  assert_string_equal(f->note, "second");
  screen_keys(&s, "u");
  assert_string_equal(f->note, "first");
  screen_keys(&s, "u");
  assert_null(f->note);
  assert_true(f->marked);
  screen_keys(&s, "u");
  assert_false(f->marked);
  assert_true(screen_has(&s, "taken back: mark #3"));
  screen_keys(&s, "3 Ctrl-R");
  assert_true(f->marked);
  assert_string_equal(f->note, "second");
  screen_keys(&s, "m u");
  assert_true(screen_has(&s, "taken back: unmark #3"));
  screen_close(&s);
}

static void intercept_conditions(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "i");
  screen_type(&s, "~m PUT");
  screen_keys(&s, "Enter I H");
  assert_false(intercept_enabled(s.w.rules));
  assert_true(intercept_wants_responses(s.w.rules));
  screen_keys(&s, "u");
  assert_false(intercept_wants_responses(s.w.rules));
  screen_keys(&s, "u");
  assert_true(intercept_enabled(s.w.rules));
  screen_keys(&s, "u");
  assert_string_equal(intercept_condition(s.w.rules), "");
  screen_keys(&s, "Ctrl-R");
  assert_string_equal(intercept_condition(s.w.rules), "~m PUT");
  assert_true(intercept_enabled(s.w.rules));
  screen_keys(&s, "Ctrl-R");
  assert_false(intercept_enabled(s.w.rules));
  screen_close(&s);
}

/* An edit that was put in the place of a paused message goes back as long as the message is paused. */
static void edits(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  const struct flow *f = store_get(s.w.store, 1);
  screen_keys(&s, "e Ctrl-End =X Ctrl-O");
  assert_true(f->request.sent != NULL);
  screen_keys(&s, "g x");
  assert_true(screen_has(&s, "u undo: edit of #1"));
  screen_keys(&s, "e Ctrl-End =Y Ctrl-O");
  assert_int_equal(f->request.sent->body.kept, 5);
  screen_keys(&s, "u");
  assert_int_equal(f->request.sent->body.kept, 4);
  screen_keys(&s, "u");
  assert_null(f->request.sent);
  screen_keys(&s, "Ctrl-R a");
  assert_true(screen_got(&s, &s.server[0], "\r\n\r\nbadX"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "edit of #1: #1 is not paused any more"));
  assert_int_equal(f->request.sent->body.kept, 4);
  screen_close(&s);
}

/* What an edit may not do, taking it back may not do either: the request goes where its text says. */
static void edit_of_the_address(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  screen_send(&s, screen_client(&s), POST);
  screen_keys(&s, "e Alt-R");
  screen_type(&s, "shop.test/login");
  screen_keys(&s, "Enter");
  screen_type(&s, "other.test/x");
  screen_keys(&s, "Enter Ctrl-O");
  const struct flow *f = store_get(s.w.store, 1);
  assert_true(slice_eq(flow_host(f), SLICE("other.test")));
  screen_keys(&s, "u");
  assert_true(slice_eq(flow_host(f), SLICE("shop.test")));
  screen_keys(&s, "Ctrl-R");
  assert_true(slice_eq(flow_host(f), SLICE("other.test")));
  screen_close(&s);
}

static void a_hundred_steps(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "1 G");
  for (int i = 0; i < UNDO_STEPS + 3; i++)
    screen_keys(&s, "m");
  assert_true(store_get(s.w.store, 1)->marked);
  screen_keys(&s, "1 0 2 u");
  assert_true(store_get(s.w.store, 1)->marked); /* three steps were forgotten: an odd one is where it begins */
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "nothing to undo"));
  screen_keys(&s, "1 0 0 Ctrl-R");
  assert_true(store_get(s.w.store, 1)->marked);
  assert_true(screen_has(&s, "done again: mark #1"));
  screen_close(&s);
}

/* A flow that has left the ring takes its steps' sense with it, and is said. */
static void what_is_gone(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "3 G m m");
  struct flow *f = store_get(s.w.store, 3);
  assert_true(store_detach(s.w.store, f));
  flow_free(f);
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "unmark #3: #3 is gone"));
  screen_close(&s);
}

struct big {
  size_t *freed;
};

static bool swap_big(struct ui *ui, void *data, struct undo_told *told) {
  (void)ui;
  (void)data;
  (void)told;
  return true;
}

static void free_big(void *data) {
  ++*((struct big *)data)->freed;
  free(data);
}

static size_t cost_big(const void *data) {
  (void)data;
  return 1u << 20;
}

/* What changes keep counts against the budget of the flows: the oldest are given up, and say so. */
static void changes_are_bounded(void **state) {
  static const struct undo_change_ops ops = {swap_big, free_big, cost_big, NULL};
  struct screen s;
  size_t freed = 0;
  (void)state;
  screen_open_sized(&s, 120, 36, 8u << 20, 100);
  for (int i = 0; i < 20; i++) {
    struct big *big = mem_alloc(sizeof *big);
    big->freed = &freed;
    undo_begin(s.ui->undo, "big %d", i);
    undo_add(s.ui->undo, &ops, big);
    undo_end(s.ui->undo);
  }
  screen_turn(&s);
  assert_true(freed >= 12);
  assert_true(undo_cost(s.ui->undo) + store_stats(s.w.store).bytes <= 8u << 20);
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "taken back: big 19"));
  screen_keys(&s, "1 9 u");
  assert_true(screen_has(&s, "big 0: what it was before had to make room for what came since"));
  screen_close(&s);
  assert_int_equal(freed, 20);
}

/* Where u is a letter, no line says that it takes something back. */
static void no_promise_while_typing(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "5 G d g x");
  assert_true(screen_has(&s, "u undo: delete #5"));
  screen_keys(&s, "e");
  assert_true(screen_has(&s, "Ctrl-S"));
  assert_false(screen_has(&s, "u undo"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(list_back_and_forth),
      cmocka_unit_test(no_promise_while_typing),
      cmocka_unit_test(a_cleared_list_says_so),
      cmocka_unit_test(a_filter_taken_away),
      cmocka_unit_test(a_break_that_fired_is_no_step),
      cmocka_unit_test(marks_and_notes),
      cmocka_unit_test(intercept_conditions),
      cmocka_unit_test(edits),
      cmocka_unit_test(edit_of_the_address),
      cmocka_unit_test(a_hundred_steps),
      cmocka_unit_test(what_is_gone),
      cmocka_unit_test(changes_are_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
