/* The list itself: its order, its columns, what is selected in it. */
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

#include "screen.h"
#include "ui/ui_state.h"

static void command(struct screen *s, const char *line) {
  screen_keys(s, ":");
  screen_type(s, line);
  screen_keys(s, "Enter");
}

/* ---- order ---- */

static void slowest_first(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "s d");
  screen_golden(&s, "sorted_120x36");
  assert_int_equal(s.ui->cursor, filter_index_nth(s.ui->index, 0));
  uint64_t slowest = s.ui->cursor;
  /* A slower one takes its place above; the cursor stays on its flow, and the top stays in sight. */
  struct flow *f = screen_flow(
      &s, &(struct script){.method = "GET", .host = "shop.test", .path = "/slower", .status = 200, .ms = 60000});
  screen_turn(&s);
  assert_int_equal(filter_index_nth(s.ui->index, 0), f->id);
  assert_int_equal(s.ui->cursor, slowest);
  assert_true(screen_has(&s, "/slower"));
  screen_keys(&s, "s d");
  assert_true(screen_has(&s, "shortest first"));
  assert_true(screen_has(&s, "TOOK▲"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "TOOK▼"));
  screen_keys(&s, "s n");
  assert_true(screen_has(&s, "sorted by number"));
  assert_false(screen_has(&s, "▼"));
  screen_close(&s);
}

/* ---- little room ---- */

static struct flow *to_host(struct screen *s, const char *host, const char *path) {
  struct flow *f =
      screen_flow(s, &(struct script){.method = "GET", .host = host, .path = path, .status = 200, .ms = 3});
  screen_turn(s);
  return f;
}

static void a_common_suffix_is_left_out_of_hosts(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  to_host(&s, "api.shop.example", "/a");
  assert_true(screen_has(&s, "api.shop.example/a")); /* the only one of its domain */
  to_host(&s, "www.shop.example", "/b");
  to_host(&s, "10.0.0.9", "/c");
  to_host(&s, "other.test", "/d");
  assert_true(screen_has(&s, "URL  (without .example)"));
  assert_true(screen_has(&s, " api.shop/a"));
  assert_true(screen_has(&s, " www.shop/b"));
  assert_true(screen_has(&s, " 10.0.0.9/c"));
  assert_true(screen_has(&s, " other.test/d"));
  screen_keys(&s, "g g Enter");
  assert_true(screen_has(&s, "api.shop.example"));
  screen_keys(&s, "q");
  to_host(&s, "api.shop", "/e"); /* now "api.shop" would be two hosts */
  assert_true(screen_has(&s, " api.shop.example/a"));
  assert_true(screen_has(&s, " api.shop/e"));
  assert_false(screen_has(&s, "without"));
  screen_keys(&s, "G G d");
  assert_true(screen_has(&s, " api.shop/a"));
  screen_close(&s);

  screen_open(&s, 40, 10);
  to_host(&s, "www.shop.example", "/b");
  to_host(&s, "127.0.0.1", "/c");
  assert_true(screen_has(&s, "200  shop/b"));
  assert_true(screen_has(&s, "200  /c"));
  screen_close(&s);

  screen_open(&s, 120, 36);
  to_host(&s, "api.shop.example", "/a");
  to_host(&s, "api.shop.example", "/a");
  assert_true(screen_has(&s, "api.shop.example"));
  screen_close(&s);
}

static void a_note_takes_no_room_from_the_url(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  struct flow *f = screen_flow(
      &s,
      &(struct script){.method = "GET", .host = "127.0.0.1", .path = "/a.html?page=1&x=22", .status = 200, .ms = 3});
  struct flow *again = screen_flow(
      &s,
      &(struct script){.method = "GET", .host = "127.0.0.1", .path = "/a.html?page=1&x=22", .status = 200, .ms = 3});
  again->parent = f->id;
  screen_turn(&s);
  assert_true(screen_has(&s, "↺ 200     127.0.0.1/a.html?page=1&x=22 "));
  screen_close(&s);
}

static void note_on(struct screen *s, const char *text) {
  screen_keys(s, "; Ctrl-U");
  screen_type(s, text);
  screen_keys(s, "Enter");
}

/* A person's note is seen in the row: its words where there is room, else its mark. */
static void a_note_is_seen_in_the_row(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  to_host(&s, "shop.test", "/a");
  to_host(&s, "shop.test", "/a/path/that/leaves/no/room/for/words");
  struct flow *f = to_host(&s, "shop.test", "/b");
  screen_fail(&s, f, ERROR_NAME, "name not known");
  screen_keys(&s, "g g");
  note_on(&s, "look here");
  screen_keys(&s, "j");
  assert_true(screen_has(&s, " shop/a  ; look here "));
  note_on(&s, "and here");
  screen_keys(&s, "j");
  assert_true(screen_has(&s, " shop/a/path/that/leaves/no/room/… ; "));
  assert_false(screen_has(&s, "and here"));
  note_on(&s, "tomorrow");
  screen_keys(&s, "k");
  assert_true(screen_has(&s, " shop/b  name not known  ; tomorrow"));
  screen_keys(&s, "j");
  note_on(&s, "");
  assert_false(screen_has(&s, "  ; tomorrow"));
  screen_close(&s);

  screen_open(&s, 40, 10);
  to_host(&s, "shop.test", "/a/path/that/leaves/no/room/for/words");
  note_on(&s, "look here");
  assert_true(screen_has(&s, "… ;"));
  screen_close(&s);
}

static void back_to_where_the_cursor_was(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "5 G j j } G");
  assert_int_equal(s.ui->cursor, 17);
  screen_keys(&s, "Backspace");
  assert_int_equal(s.ui->cursor, 9); /* the failure that } found */
  screen_keys(&s, "Backspace");
  assert_int_equal(s.ui->cursor, 7); /* j is no jump: from where } left */
  screen_keys(&s, "G d G f");
  screen_type(&s, "!500");
  screen_keys(&s, "Enter 2 Backspace");
  assert_int_equal(s.ui->cursor, 1);
  screen_keys(&s, "5 Backspace");
  assert_true(screen_has(&s, "there is nowhere to go back to"));
  screen_close(&s);
}

static void the_time_of_day_comes_and_goes(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_turn(&s);
  assert_false(screen_has(&s, " TIME "));
  screen_keys(&s, "t");
  assert_true(screen_has(&s, "time of day shown"));
  screen_golden(&s, "list_time_80x24");
  screen_keys(&s, "t");
  assert_false(screen_has(&s, " TIME "));
  command(&s, "columns id,method,path");
  screen_keys(&s, "t");
  assert_true(screen_has(&s, "columns id,method,path,time"));
  screen_close(&s);

  screen_open(&s, 40, 10);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "t");
  assert_true(screen_has(&s, "the time of day has no room here"));
  screen_close(&s);
}

static void sorted_narrow(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_turn(&s);
  command(&s, "sort resp.header:content-type");
  assert_true(screen_has(&s, "sorted by resp.header:content-type, from a to z; sn sorts by number again"));
  screen_keys(&s, "s s j");
  screen_golden(&s, "sorted_80x24");
  command(&s, "sort hots");
  assert_true(screen_has(&s, "hots is no field; did you mean host?"));
  screen_close(&s);
}

static void heads_and_following(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "G");
  assert_true(s.ui->following);
  screen_keys(&s, "mouse:1,116,2"); /* TOOK */
  assert_true(screen_has(&s, "TOOK▼"));
  assert_false(s.ui->following);
  screen_keys(&s, "G");
  assert_false(s.ui->following);
  assert_true(screen_has(&s, "new flows are followed where the list is sorted by number: sn"));
  screen_keys(&s, "mouse:1,116,2");
  assert_true(screen_has(&s, "TOOK▲"));
  screen_keys(&s, "mouse:1,20,2");
  assert_true(screen_has(&s, "METHOD▲"));
  screen_keys(&s, "s n G");
  assert_true(s.ui->following);
  screen_close(&s);
}

/* ---- selection ---- */

static void open_many(struct screen *s, const char *method, int n) {
  screen_open(s, 80, 24);
  for (int i = 0; i < n; i++)
    screen_flow(s, &(struct script){.method = method,
                                    .host = "shop.test",
                                    .path = "/p",
                                    .status = 200,
                                    .reason = "OK",
                                    .response_body = "x",
                                    .ms = 3});
  screen_turn(s);
}

static void select_and_act(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "4 G Space j Space V j j V");
  assert_int_equal(selection_count(s.ui), 5); /* 4 6 and 7 to 9 */
  assert_true(screen_has(&s, "5 selected for copy, write, replay, resume, delete, mark, note; Esc unselects"));
  screen_keys(&s, "g g");
  screen_golden(&s, "selected_80x24");
  screen_keys(&s, ")");
  assert_int_equal(s.ui->cursor, 4);
  screen_keys(&s, ") )");
  assert_int_equal(s.ui->cursor, 7);
  screen_keys(&s, "(");
  assert_int_equal(s.ui->cursor, 6);
  screen_keys(&s, "m");
  assert_true(screen_has(&s, "4 marked: they stay in the ring")); /* 7 is already */
  assert_true(store_get(s.w.store, 9)->marked);
  screen_keys(&s, "u");
  assert_false(store_get(s.w.store, 9)->marked);
  assert_true(store_get(s.w.store, 7)->marked);
  screen_keys(&s, ";");
  screen_type(&s, "look");
  screen_keys(&s, "Enter");
  assert_string_equal(store_get(s.w.store, 4)->note, "look");
  assert_string_equal(store_get(s.w.store, 8)->note, "look");
  assert_null(store_get(s.w.store, 5)->note);
  screen_keys(&s, "d");
  assert_true(screen_has(&s, "5 deleted; u brings them back"));
  assert_null(store_get(s.w.store, 6));
  assert_int_equal(selection_count(s.ui), 0);
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "5 flows are back"));
  assert_non_null(store_get(s.w.store, 6));
  screen_close(&s);
}

static bool file_holds(const char *path, const char *text) {
  char got[200] = "";
  FILE *file = fopen(path, "r");
  size_t n = file != NULL ? fread(got, 1, sizeof got - 1, file) : 0;
  if (file != NULL)
    fclose(file);
  return n == strlen(text) && memcmp(got, text, n) == 0;
}

/* The cursor goes on while one selects: it stands on a flow that is not meant. */
static void selected_are_written(void **state) {
  struct screen s;
  (void)state;
  mkdir("build/tmp", 0755);
  unlink("build/tmp/each-2.txt");
  unlink("build/tmp/each-3.txt");
  unlink("build/tmp/each-4.txt");
  unlink("build/tmp/each-2.http");
  open_many(&s, "GET", 5);
  screen_keys(&s, "2 G Space Space w b Ctrl-U");
  assert_true(screen_has(&s, "write 2 bodies as NAME-NUMBER:"));
  screen_type(&s, "build/tmp/each.txt");
  screen_keys(&s, "Enter");
  screen_turn(&s);
  assert_true(screen_has(&s, "2 files written"));
  assert_true(file_holds("build/tmp/each-2.txt", "x"));
  assert_true(file_holds("build/tmp/each-3.txt", "x"));
  assert_int_equal(access("build/tmp/each-4.txt", F_OK), -1);
  screen_keys(&s, "w b Ctrl-U");
  screen_type(&s, "build/tmp/each.txt");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "each-2.txt exists: type another name"));
  screen_keys(&s, "Esc w r Ctrl-U");
  screen_type(&s, "build/tmp/each");
  screen_keys(&s, "Enter");
  screen_turn(&s);
  assert_int_equal(access("build/tmp/each-2.http", F_OK), 0);
  unlink("build/tmp/each-2.http");
  unlink("build/tmp/each-3.http");
  screen_close(&s);
}

static void one_flow_is_none_of_many(void **state) {
  struct screen s;
  (void)state;
  open_many(&s, "GET", 5);
  screen_keys(&s, "2 G Space Space b");
  assert_int_equal(intercept_count(s.w.rules), 0);
  assert_true(screen_has(&s, "for one flow only; #4 is not selected: ( ) go to the 2 that are"));
  screen_keys(&s, "M d");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_keys(&s, "( b");
  assert_int_equal(intercept_count(s.w.rules), 1);
  screen_close(&s);
}

static void select_and_take_back(void **state) {
  struct screen s;
  (void)state;
  open_many(&s, "GET", 9);
  screen_keys(&s, "2 G Space Space");
  command(&s, "filter sel");
  assert_int_equal(filter_index_count(s.ui->index), 2);
  screen_keys(&s, "u u");
  assert_int_equal(selection_count(s.ui), 1);
  assert_true(store_get(s.w.store, 2)->selected);
  screen_keys(&s, "Ctrl-R");
  assert_int_equal(selection_count(s.ui), 2);
  command(&s, "select-all");
  assert_int_equal(selection_count(s.ui), 9);
  screen_keys(&s, "Esc");
  assert_int_equal(selection_count(s.ui), 0);
  screen_keys(&s, "u");
  assert_int_equal(selection_count(s.ui), 9);
  screen_keys(&s, "Esc g g V G");
  screen_keys(&s, "Esc"); /* a range that is given up selects nothing */
  assert_int_equal(selection_count(s.ui), 0);
  /* A range counts without being kept. */
  screen_keys(&s, "g g V j d");
  assert_true(screen_has(&s, "2 deleted"));
  screen_close(&s);
}

/* Selected flows stay in the ring; what is hidden by a filter is not touched. */
static void selected_stay(void **state) {
  struct screen s;
  (void)state;
  screen_open_sized(&s, 80, 24, 64u << 20, 5);
  for (int i = 0; i < 5; i++)
    screen_flow(&s, &(struct script){.method = i ? "GET" : "PUT", .host = "shop.test", .path = "/p", .status = 200});
  screen_turn(&s);
  screen_keys(&s, "g g Space Space");
  for (int i = 0; i < 5; i++)
    screen_flow(&s, &(struct script){.method = "GET", .host = "shop.test", .path = "/q", .status = 200});
  screen_turn(&s);
  assert_non_null(store_get(s.w.store, 1));
  assert_non_null(store_get(s.w.store, 2));
  assert_null(store_get(s.w.store, 3));
  command(&s, "filter GET");
  screen_keys(&s, "d");
  assert_true(screen_has(&s, "1 deleted"));
  assert_non_null(store_get(s.w.store, 1));
  assert_null(store_get(s.w.store, 2));
  screen_close(&s);
}

static void sending_many_asks(void **state) {
  struct screen s;
  (void)state;
  open_many(&s, "POST", 11);
  command(&s, "map F12 screen-repeater");
  screen_keys(&s, "* r");
  assert_true(screen_has(&s, "sent as #12 to #22; :12 goes to the first, F12 lists the tries"));
  screen_keys(&s, "2 r");
  assert_true(screen_has(&s, "send 22 requests, 22 of which may change something?"));
  screen_keys(&s, "n");
  assert_int_equal(store_stats(s.w.store).added, 22);
  screen_keys(&s, "2 r y");
  assert_int_equal(store_stats(s.w.store).added, 44);
  screen_keys(&s, "1 9 9 r");
  assert_true(screen_has(&s, "at most 200 at once"));
  screen_close(&s);
}

static void copy_and_compare(void **state) {
  struct screen s;
  (void)state;
  open_many(&s, "GET", 3);
  screen_keys(&s, "g g Space Space y u");
  assert_true(screen_has(&s, "URLs copied"));
  screen_keys(&s, "D");
  assert_string_equal(s.ui->top->ops->name, "diff");
  screen_keys(&s, "q * D");
  assert_true(screen_has(&s, "two flows are compared, and 3 are selected"));
  screen_close(&s);
}

/* ---- columns ---- */

/* Looking into bodies is stopped after some milliseconds of a frame, and goes on in the next. */
static void paint_until(struct screen *s, const char *text) {
  for (uint64_t end = clock_mono() + 10 * CLOCK_S; !screen_has(s, text) && clock_mono() < end;)
    ui_paint(s->ui);
  assert_true(screen_has(s, text));
}

static void columns_by_name(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  command(&s, "columns id,code,resp.header:content-type,json:.user,process,path,ttfb");
  paint_until(&s, "ann");
  screen_golden(&s, "columns_120x36");
  command(&s, "columns -ttfb +duration");
  assert_true(screen_has(&s, "columns id,status,resp.header:content-type,json:.user,process,path,duration"));
  screen_keys(&s, "mouse:1,20,2"); /* a head of such a column */
  assert_true(screen_has(&s, "sorted by resp.header:content-type, from a to z"));
  screen_keys(&s, "u u u");
  assert_true(screen_has(&s, "METHOD"));
  assert_false(screen_has(&s, "content-type"));
  command(&s, "columns id,hots");
  assert_true(screen_has(&s, "hots is no field; did you mean host?"));
  screen_keys(&s, "Esc");
  command(&s, "columns -size");
  assert_false(screen_has(&s, "SIZE"));
  command(&s, "columns -nothing");
  assert_true(screen_has(&s, "there is no such column now"));
  screen_keys(&s, "Esc");
  command(&s, "columns default");
  assert_true(screen_has(&s, "SIZE"));
  screen_close(&s);
}

/* A value in a body is known when its flow is whole, and looked for again when the flow changes. */
static void values_in_bodies(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  struct flow *f = screen_flow(&s, &(struct script){.method = "GET",
                                                    .host = "shop.test",
                                                    .path = "/p",
                                                    .status = 200,
                                                    .reason = "OK",
                                                    .response_body = "{\"a\": [{\"price\": 12.50}]}",
                                                    .ms = 3});
  f->state = FLOW_RESPONSE_ARRIVING;
  store_touch(s.w.store, f, FLOW_CHANGED_STATE);
  screen_turn(&s);
  command(&s, "columns id,json:.a[0].price,path");
  assert_false(screen_has(&s, "12.50"));
  f->state = FLOW_DONE;
  store_touch(s.w.store, f, FLOW_CHANGED_STATE);
  screen_turn(&s);
  screen_wait(&s, CLOCK_S);
  paint_until(&s, "12.50"); /* as it stands there */
  screen_close(&s);
}

/* Narrow: what stands on the right goes first, the path last. */
static void columns_without_room(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 40, 10);
  screen_shop(&s);
  screen_turn(&s);
  command(&s, "columns method,path,server,client,size");
  screen_golden(&s, "columns_40x10");
  screen_close(&s);

  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_turn(&s);
  command(&s, "columns id,time,method,status,host,path,type,size,server,client");
  assert_true(screen_has(&s, "no room for size, server, client ("));
  assert_true(screen_has(&s, "\n+3     # TIME")); /* in the head as long as it is so */
  screen_keys(&s, "j");
  assert_true(screen_has(&s, "\n+3     # TIME"));
  command(&s, "columns -server -client -type");
  assert_false(screen_has(&s, "no room"));
  assert_false(screen_has(&s, "\n+"));
  screen_close(&s);
}

static void waterfall_wide(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 160, 36);
  screen_shop(&s);
  screen_turn(&s);
  screen_golden(&s, "waterfall_160x36");
  screen_close(&s);
}

/* ---- layout ---- */

/* The row of the preview's title. */
static int split_row(struct screen *s) {
  char *all = screen_text(s), *at = strstr(all, "─ Request ─");
  int y = 0;
  for (const char *p = all; at != NULL && p < at; p++)
    y += *p == '\n';
  free(all);
  return at != NULL ? y : -1;
}

static void split_moved(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  int first = split_row(&s);
  screen_keys(&s, "<");
  assert_true(split_row(&s) < first);
  screen_keys(&s, ">");
  assert_int_equal(split_row(&s), first);
  char keys[64];
  snprintf(keys, sizeof keys, "mouse:1,9,%d drag:1,9,12", first);
  screen_keys(&s, keys);
  assert_int_equal(split_row(&s), 12);
  screen_keys(&s, "9 9 >");
  assert_true(split_row(&s) > first); /* it never goes away */
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(split_moved),
      cmocka_unit_test(columns_by_name),
      cmocka_unit_test(values_in_bodies),
      cmocka_unit_test(columns_without_room),
      cmocka_unit_test(waterfall_wide),
      cmocka_unit_test(select_and_act),
      cmocka_unit_test(selected_are_written),
      cmocka_unit_test(one_flow_is_none_of_many),
      cmocka_unit_test(select_and_take_back),
      cmocka_unit_test(selected_stay),
      cmocka_unit_test(sending_many_asks),
      cmocka_unit_test(copy_and_compare),
      cmocka_unit_test(slowest_first),
      cmocka_unit_test(sorted_narrow),
      cmocka_unit_test(a_common_suffix_is_left_out_of_hosts),
      cmocka_unit_test(a_note_is_seen_in_the_row),
      cmocka_unit_test(a_note_takes_no_room_from_the_url),
      cmocka_unit_test(the_time_of_day_comes_and_goes),
      cmocka_unit_test(back_to_where_the_cursor_was),
      cmocka_unit_test(heads_and_following),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
