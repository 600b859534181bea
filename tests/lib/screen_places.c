#include "screen_places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/ui_state.h"
#include "weir/base/log.h"

void screen_full(struct screen *s, int width, int height) {
  unsetenv("VISUAL");
  setenv("EDITOR", "sh -c 'exec sleep 1000'", 1);
  screen_open(s, width, height);
  assert_true(intercept_set(s->w.rules, "~u nothing", NULL));
  screen_shop(s);
  struct buf text = BUF_INIT;
  for (int i = 0; i < 200; i++)
    buf_printf(&text, "line %d\n", i);
  for (int i = 0; i < 3; i++) {
    struct flow *f = screen_flow(
        s, &(struct script){.method = "PUT", .host = "shop.test", .path = "/cart", .body = buf_text(&text)});
    screen_pause(s, f, FLOW_PAUSED_REQUEST, 5 * CLOCK_S);
  }
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "shop.test",
                                  .path = "/long",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_body = buf_text(&text),
                                  .ms = 3});
  buf_clear(&text);
  for (int i = 0; i < 60; i++)
    screen_flow(
        s,
        &(struct script){
            .method = "GET", .host = "shop.test", .path = "/p", .status = i == 50 ? 500 : 200, .reason = "-", .ms = 3});
  for (int i = 0; i < 60; i++)
    log_write(i % 2 ? LOG_WARN : LOG_INFO, "test", i == 59 ? 7 : 0, NULL, "line %d", i);
  screen_turn(s);
}

const struct screen_place screen_places[] = {
    {"list", "1 0 G"},
    {"detail", "2 1 G Enter 3 0 j"},
    {"paused", "F3 j PgDn"},
    {"rules", "0 2 G M d Enter 3 G M b Enter F5 j"},
    {"rule form", "0 2 G M m"},
    {"intercepts", "0 2 G B 3 G B g i j"},
    {"repeater", "1 8 G r r F4 k Tab PgDn"},
    {"log", "F7 gg j j"},
    {"editor", "7 G e"},
    {"editor in a pane", "7 G E"},
    {"diff", "7 G D 2 1 G D j l"},
    {"stats", "F6 j"},
    {"pipe", "7 G | =c =a =t =| =s =e =q Space =- =f Space =% =0 =5 =0 =g Space =2 =0 =0 Enter W l j j"},
    {"setup", "F8 j j j"},
    {"help", "? Down"},
    {"palette", "Ctrl-P Down"},
    {"prompt", ": =g"},
    {"quit", "q"},
    {"question", "2 1 G w b Ctrl-U =/dev/null Enter"},
    {NULL, NULL},
};

void screen_go(struct screen *s, const struct screen_place *p) {
  struct slice rest = slice_of(p->keys), name;
  while (slice_split(&rest, ' ', &name)) {
    char key[16];
    snprintf(key, sizeof key, "%.*s", (int)name.n, name.p);
    screen_keys(s, strcmp(key, "gg") == 0 ? "g g" : key);
    for (uint64_t end = clock_mono() + 10 * CLOCK_S; screen_has(s, "runs for") && clock_mono() < end;)
      loop_turn(s->w.loop, 10 * CLOCK_MS), screen_turn(s); /* a command has to end */
  }
}
