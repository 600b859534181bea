#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/ui_state.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"

#define TEXT 400

static uint32_t next(struct hostile *h) {
  h->state ^= h->state << 13;
  h->state ^= h->state >> 17;
  h->state ^= h->state << 5;
  return h->state;
}

static const struct slice nasty[] = {
    SLICE("\033[2J\033[H"),
    SLICE("\033]0;owned\a"),
    SLICE("\033]2;weir: owned\033\\"),
    SLICE("\033]52;c;b3duZWQ=\a"),
    SLICE("\033]8;;http://evil/\a"),
    SLICE("\033P1$r0m\033\\"),
    SLICE("\033P+q544e\033\\"),
    SLICE("\033_Gf=100;AAAA\033\\"),
    SLICE("\033^x\033\\\033Xx\033\\"),
    SLICE("\033[?1049l\033[?25l\033[?7l\033[?5h"),
    SLICE("\033[?1000h\033[?1003h\033[?2004l\033[?1004h"),
    SLICE("\033[3;5r\033[4h\033[20h"),
    SLICE("\033c\033#8\033(0\033%@\033N\033O"),
    SLICE("\016\017\b\b\b\005\a\v\f\r"),
    SLICE("\033[5n\033[6n\033[c\033[>c\033]10;?\a\033[18t\033[21t"),
    SLICE("\033[31;7m"),
    SLICE("\x9b"
          "2J\x9d"
          "0;owned\x9c\x90q\x9c\x85\x84\x8d"),
    SLICE("\xc2\x9b"
          "2J\xc2\x9d"
          "0;owned\xc2\x9c\xc2\x90q\xc2\x9c\xc2\x85"),
    SLICE("\xe2\x80\xae"
          "evil\xe2\x80\xac\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c"),
    SLICE("\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xe2\x81\xa0\xef\xbb\xbf\xc2\xad\xe1\xa0\x8e"),
    SLICE("\xe2\x80\xa8\xe2\x80\xa9\xc2\x85"),
    SLICE("\xf3\xa0\x81\xa1\xf3\xa0\x81\xbf\xf3\xa0\x84\x80"),
    SLICE("\xff\xfe\xc0\xaf\xe0\x80\xaf\xed\xa0\x80\xed\xbf\xbf\xf4\x90\x80\x80\xf8\x88\x80\x80\x80"),
    SLICE("\xe5\xb1\xf0\x9f\x98"),
    SLICE("\xe5\xb1\xb1\xe7\x94\xb0\xef\xbc\xa1\xea\xb0\x80"),
    SLICE("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"),
    SLICE("1\xef\xb8\x8f\xe2\x83\xa3\xe2\x9d\xa4\xef\xb8\x8f\xe2\x9d\xa4\xef\xb8\x8e"),
    SLICE("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87\xcc\x88\xcc\x89\xcc\x8a\xcc\x8b\xcc\x8c\xcc\x8d"
          "\xcc\x8e"),
    SLICE("\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"),
    SLICE("\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8\xe1\x85\x9f\xe3\x85\xa4\xef\xbe\xa0"),
    SLICE("\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xb8\x81\xe0\xb8\xb3\xd9\x84\xd8\xa7\xd7\xa9"),
    SLICE("\xc2\xa7\xe2\x91\xa0\xe2\x94\x80\xce\xb1\xee\x80\x80\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbc"),
    SLICE("\x7f\x7f\x1b\x1b\x1b[\x1b]\x1bP"),
    SLICE("\t\t\t"),
    SLICE("\0\0\0"),
    SLICE("\r\n\r\n"),
    SLICE("%s%n%d &amp; <b> \"quoted\" {\"a\":[1,2]} "),
    SLICE("plain words and more of them "),
};

/* The next piece of text, `most` bytes at most; for bytes of a fuzzer its length comes first. */
static struct slice text_of(struct hostile *h, char *room, size_t most) {
  size_t n = 0;
  if (h->data != NULL) {
    size_t want = h->at < h->n ? h->data[h->at++] * 2 : 0, left = h->n - h->at;
    n = want < left ? want : left;
    n = n < most ? n : most;
    memcpy(room, h->data + h->at, n);
    h->at += n;
    return slice_make(room, n);
  }
  most = 1 + next(h) % most;
  while (n < most) {
    const struct slice *one = &nasty[next(h) % (sizeof nasty / sizeof *nasty)];
    size_t k = one->n < most - n ? one->n : most - n; /* cut anywhere */
    memcpy(room + n, one->p, k);
    n += k;
    for (uint32_t i = next(h) % 12; i > 0 && n < most; i--)
      room[n++] = (char)(next(h) % 4 ? 'a' + next(h) % 26 : next(h));
  }
  return slice_make(room, n);
}

/* As a string without its NULs. */
static char *string_of(struct hostile *h, size_t most) {
  char room[TEXT];
  struct slice s = text_of(h, room, most < TEXT ? most : TEXT);
  char *out = mem_alloc(s.n + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] != '\0')
      out[n++] = s.p[i];
  out[n] = '\0';
  return out;
}

/* No parser lets these bytes into a head: they are put in behind its back, so that the screen stands alone. */
static void overwrite(struct hostile *h, struct slice at, const char *never) {
  char room[TEXT];
  struct slice s = text_of(h, room, at.n < TEXT ? at.n : TEXT);
  for (size_t i = 0; i < s.n && i < at.n; i++)
    if (strchr(never, s.p[i]) == NULL || s.p[i] == '\0')
      ((char *)(uintptr_t)at.p)[i] = s.p[i];
}

static void spoil_head(struct hostile *h, const struct http_head *head) {
  struct http_field field;
  for (uint32_t at = 0; http_head_next(head, &at, &field);)
    if (slice_starts(field.name, SLICE("NNN"))) {
      overwrite(h, field.name, "\r\n:");
      overwrite(h, field.value, "\r\n");
    }
}

#define FIELDS                                                                                                         \
  "NNNNNNNNNNNNNNNNNNNNNNNN: vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\r\n"     \
  "NNN: "                                                                                                              \
  "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\r\n"    \
  "Cookie: a=b; c=d\r\n"

/* Bodies in the dress of their type: what is hostile stands where such a body has text. */
static const struct {
  const char *type, *before, *between, *after;
} dresses[] = {
    {"text/plain", "", "\n", "\n"},
    {"application/json", "{\"a\": \"", "\", \"", "\": [1]}"},
    {"text/xml", "<a b=\"", "\">", "</a>"},
    {"text/html", "<p title='", "'>", "</p><script>x</script>"},
    {"multipart/form-data; boundary=BB", "--BB\r\nContent-Disposition: form-data; name=\"", "\"\r\n\r\n",
     "\r\n--BB--\r\n"},
    {"text/event-stream", "event: ", "\ndata: ", "\n\n"},
    {"application/x-www-form-urlencoded", "a=", "&b%1b%9b=", "%0d%0a"},
    {"application/octet-stream", "", "", "\xff\x00\x01"},
    {"text/javascript", "var a = '", "'; // ", "\n{ b(); }"},
    {"image/png", "\x89PNG\r\n\x1a\n", "", ""},
};

enum { DRESSES = sizeof dresses / sizeof *dresses };

static void dress(struct hostile *h, size_t i, struct buf *out) {
  char room[TEXT];
  buf_add_text(out, dresses[i].before);
  buf_add_slice(out, text_of(h, room, TEXT));
  buf_add_text(out, dresses[i].between);
  buf_add_slice(out, text_of(h, room, TEXT));
  buf_add_text(out, dresses[i].after);
}

static struct flow *add_flow(struct screen *s, struct hostile *h, size_t i) {
  struct buf body = BUF_INIT, answer = BUF_INIT, fields = BUF_INIT;
  char host[60];
  dress(h, i, &body);
  dress(h, i, &answer);
  buf_printf(&fields, "Content-Type: %s\r\n" FIELDS, dresses[i].type);
  struct flow *f = screen_flow(
      s,
      &(struct script){.method = "POST",
                       .host = "hhhhhhhhhhhhhhhhhhhh.test",
                       .path = "/pppppppppppppppppppppppppppppppppppppppp?q=qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
                       .fields = buf_text(&fields),
                       .body = body.p,
                       .body_n = body.n,
                       .status = 200 + (int)(i % 4) * 100,
                       .reason = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr",
                       .response_fields = buf_text(&fields),
                       .response_body = answer.p,
                       .response_body_n = answer.n,
                       .ms = 3});
  spoil_head(h, &f->request.head);
  spoil_head(h, &f->response.head);
  overwrite(h, slice_from(http_head_target(&f->request.head), 30), "\r\n ");
  overwrite(h, http_head_reason(&f->response.head), "\r\n");
  flow_set_target(f, "http", text_of(h, host, sizeof host), 80);
  f->note = string_of(h, 80);
  store_touch(s->w.store, f, FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY | FLOW_CHANGED_NOTE | FLOW_CHANGED_STATE);
  buf_clear(&body);
  buf_clear(&answer);
  buf_clear(&fields);
  return f;
}

void hostile_fill(struct screen *s, struct hostile *h) {
  for (size_t i = 0; i < DRESSES; i++) {
    struct flow *f = add_flow(s, h, i);
    char *text = string_of(h, 100);
    if (i == 3)
      screen_fail(s, f, ERROR_NAME, text);
    if (i == 7)
      screen_pause(s, f, FLOW_PAUSED_REQUEST, CLOCK_S);
    log_write(LOG_WARN, "wire", f->id, text, "%s", text);
    free(text);
  }
  screen_turn(s);
}

/* A word of one letter stands for what is hostile: typed as a paste. */
static const char *const walks[HOSTILE_WALKS] = {
    "G k k k k k k k k k \\ \\ \\ g g",
    "1 G Enter ] ] ] ] ] ] ] ] ] Tab ] ] ] ] ] ] ] ] ] G J x v J x J",
    "6 G Enter ] ] ] ] ] ] ] Tab ] ] ] ] ] ] ] J J J x J",
    "1 G D 2 G D n n \\ Tab Tab w l l N",
    "1 G r r F4 ( ) Tab \\ Enter",
    "/ $ Enter n n N Esc f $ Esc f ~ b Space $ Enter",
    "F7 g g j j j Enter q F6 Tab Tab Tab F8 F3 j Tab",
    "1 G e PgDn End $ PgUp Ctrl-W $ Enter Alt-R $ Enter",
    "8 G e PgDn Down Down Down $",
    "2 G | $ Esc | =c =a =t Enter . l l j W",
    ": $ Enter Esc Ctrl-P $ Esc ? $ Esc i $ Enter g i Esc",
    "1 G y c y u y r w b Esc w r Esc ; $ Enter y h y m y f c $",
};

static void press(struct screen *s, struct hostile *h, struct slice key) {
  char name[16];
  if (slice_eq(key, SLICE("$"))) {
    char *text = string_of(h, 120);
    struct buf paste = BUF_INIT;
    buf_printf(&paste, "paste:%s", text);
    terminal_fake_key(s->t, buf_text(&paste));
    screen_turn(s);
    buf_clear(&paste);
    free(text);
    return;
  }
  if (slice_eq(key, SLICE("."))) {
    for (uint64_t end = clock_mono() + 10 * CLOCK_S; screen_has(s, "runs for") && clock_mono() < end;)
      loop_turn(s->w.loop, 10 * CLOCK_MS), screen_turn(s);
    return;
  }
  snprintf(name, sizeof name, "%.*s", (int)key.n, key.p);
  screen_keys(s, name);
}

const char *hostile_walk(struct screen *s, struct hostile *h, struct glass *g, int walk) {
  static char told[600];
  struct slice rest = slice_of(walks[walk]), key;
  while (slice_split(&rest, ' ', &key)) {
    press(s, h, key);
    const char *wrong = glass_look(g);
    if (wrong == NULL)
      continue;
    snprintf(told, sizeof told, "walk %d at %.*s before \"%.*s\": %s", walk, (int)key.n, key.p, (int)rest.n, rest.p,
             wrong);
    return told;
  }
  return NULL;
}
