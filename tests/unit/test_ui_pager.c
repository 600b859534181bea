/* Scrolling and finding over a page: rows down and up are the same rows, nothing is skipped, hits are where the text
 * is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canvas_dump.h"
#include "ui/pager.h"
#include "weir/base/mem.h"

struct paper { /* a body on a page in a pager */
  struct loop *loop;
  struct flow *flow;
  struct page page;
  struct pager pager;
  unsigned told;
};

static void on_changed(void *arg) {
  ((struct paper *)arg)->told++;
}

static void paper_open(struct paper *p, const char *body, size_t n, enum body_view view) {
  struct http_fault fault;
  memset(p, 0, sizeof *p);
  p->loop = loop_new();
  p->flow = flow_new();
  p->flow->id = 1;
  const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
  assert_true(http_head_parse(HTTP_RESPONSE, slice_of(head), &p->flow->response.head, &fault));
  body_add(&p->flow->response.body, body, n, UINT64_MAX, n);
  p->flow->response.body.complete = true;
  struct page_want want = {.flow = 1, .side = FLOW_RESPONSE, .view = view, .max = PAGE_FIRST};
  assert_true(page_update(&p->page, &want, p->flow, 1));
  pager_init(&p->pager, p->loop, &p->page, on_changed, p);
}

static void paper_close(struct paper *p) {
  pager_clear(&p->pager);
  page_clear(&p->page);
  flow_free(p->flow);
  loop_free(p->loop);
}

/* Lines of every length, with tabs, wide characters and bytes that are no text. */
static void fill(struct buf *out, unsigned seed) {
  static const char *const piece[] = {"a",    "word ", "\t",         "\xe5\xb1\xb1", "e\xcc\x81",
                                      "\xff", "\033",  "0123456789", "\xe2\x80\xae"};
  srand(seed);
  for (int line = 0; line < 60; line++) {
    int n = rand() % 4 == 0 ? rand() % 200 : rand() % 12;
    for (int i = 0; i < n; i++)
      buf_add_text(out, piece[(size_t)rand() % (sizeof piece / sizeof *piece)]);
    buf_add_byte(out, '\n');
  }
}

static bool same_mark(const struct pager *p, struct pager_mark m) {
  struct pager_mark now = pager_mark(p);
  return now.key == m.key && now.at == m.at;
}

static void down_and_up_again(void **state) {
  (void)state;
  for (unsigned seed = 1; seed <= 40; seed++) {
    struct paper p;
    struct buf body = BUF_INIT;
    struct pager_mark way[4000];
    size_t n = 0;
    fill(&body, seed);
    paper_open(&p, body.p, body.n, BODY_VIEW_TEXT);
    pager_layout(&p.pager, 1 + (int)(seed * 7 % 60), 5);
    while (n < 4000) {
      way[n++] = pager_mark(&p.pager);
      pager_move(&p.pager, 1);
      if (same_mark(&p.pager, way[n - 1]))
        break;
    }
    assert_in_range(n, 10, 3999);
    assert_true(p.pager.ended);
    for (size_t i = n - 1; i-- > 0;) {
      pager_move(&p.pager, -1);
      assert_true(same_mark(&p.pager, way[i]));
    }
    pager_end(&p.pager);
    assert_true(same_mark(&p.pager, way[n - 1]));
    paper_close(&p);
    buf_clear(&body);
  }
}

/* The rows of a window, one below the other, are the text: nothing is left out where a line is broken. */
static void rows_are_the_text(void **state) {
  static const char body[] = "0123456789abcdefghij\nshort\n";
  struct paper p;
  struct canvas c;
  struct buf text = BUF_INIT;
  (void)state;
  paper_open(&p, body, sizeof body - 1, BODY_VIEW_TEXT);
  canvas_init(&c, 8, 12);
  pager_layout(&p.pager, 8, 12);
  pager_draw(&p.pager, &c, (struct rect){0, 0, 8, 12});
  canvas_dump(&c, &text);
  assert_non_null(strstr(buf_text(&text), "01234567\n89abcdef\nghij\nshort\n"));
  buf_reset(&text);
  p.pager.wrap = false;
  pager_layout(&p.pager, 8, 12);
  pager_sideways(&p.pager, 5);
  canvas_erase(&c);
  pager_draw(&p.pager, &c, (struct rect){0, 0, 8, 12});
  canvas_dump(&c, &text);
  assert_non_null(strstr(buf_text(&text), "56789abc\n\n"));
  buf_clear(&text);
  canvas_clear(&c);
  paper_close(&p);
}

static void resize_keeps_the_place(void **state) {
  struct paper p;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 500; i++)
    buf_printf(&body, "line %d, and some more to be broken when it is narrow\n", i);
  paper_open(&p, body.p, body.n, BODY_VIEW_TEXT);
  pager_layout(&p.pager, 80, 20);
  pager_move(&p.pager, 203);
  uint64_t line = page_key(&p.pager.top);
  pager_layout(&p.pager, 13, 4);
  assert_int_equal(page_key(&p.pager.top), line);
  pager_layout(&p.pager, 80, 20);
  assert_int_equal(page_key(&p.pager.top), line);
  paper_close(&p);
  buf_clear(&body);
}

static size_t hits(struct paper *p, const char *needle) {
  pager_find(&p->pager, slice_of(needle), NULL);
  while (p->pager.scanning)
    loop_turn(p->loop, 0);
  return p->pager.hit.n;
}

static void find_in_slices(void **state) {
  struct paper p;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 2000000; i++)
    buf_printf(&body, "%s %d\n", i % 200000 == 100000 ? "Needle" : "straw", i);
  paper_open(&p, body.p, body.n, BODY_VIEW_TEXT);
  pager_layout(&p.pager, 40, 10);
  assert_int_equal(hits(&p, "needle"), 10);
  assert_int_equal(p.pager.current, 0);
  assert_true(p.told > 0);
  pager_find_next(&p.pager, false);
  assert_int_equal(p.pager.current, 9);
  assert_int_equal(hits(&p, "Needle"), 10);
  assert_int_equal(p.pager.current, 9); /* from where the window is, not from the top */
  assert_int_equal(hits(&p, "NEEDLE"), 0);
  assert_int_equal(hits(&p, "aa"), 0);
  /* A page that is made anew while it is looked through is looked through anew. */
  pager_find(&p.pager, slice_of("straw 1999"), NULL);
  p.page.version++;
  pager_layout(&p.pager, 40, 10);
  while (p.pager.scanning)
    loop_turn(p.loop, 0);
  assert_int_equal(p.pager.hit.n, 11 + 100 + 1000);
  paper_close(&p);
  buf_clear(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(down_and_up_again),
      cmocka_unit_test(rows_are_the_text),
      cmocka_unit_test(resize_keeps_the_place),
      cmocka_unit_test(find_in_slices),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
