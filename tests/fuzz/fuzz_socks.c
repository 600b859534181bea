/* What a SOCKS client says: any bytes in any portions mean the same, what is told of them is safe to use, and no more is
 * taken than belongs to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/io/socks_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

struct outcome {
  struct socks_server s;
  enum socks_step step;
  size_t used, answered;
  unsigned char answers[64];
};

static void run(struct outcome *o, struct slice all, size_t portion, bool password) {
  memset(o, 0, sizeof *o);
  if (password) {
    o->s.user = "ann";
    o->s.password = "secret";
  }
  while (o->used < all.n && o->step == SOCKS_MORE) {
    size_t n;
    struct slice piece = slice_sub(all, o->used, portion);
    o->step = socks_feed(&o->s, piece, &n);
    demand(n <= piece.n, "it took more than there was");
    demand(n || o->step != SOCKS_MORE, "it took nothing and wants more");
    demand(o->s.answer_n <= sizeof o->s.answer, "an answer without end");
    demand(o->answered + o->s.answer_n <= sizeof o->answers, "it answers too much");
    memcpy(o->answers + o->answered, o->s.answer, o->s.answer_n);
    o->answered += o->s.answer_n;
    o->used += n;
  }
}

static void check(const struct outcome *o) {
  demand(o->s.have <= SOCKS_MOST, "it keeps more than a message");
  demand(memchr(o->s.host, 0, sizeof o->s.host) != NULL, "a host without an end");
  if (o->step == SOCKS_CONNECT)
    demand(o->s.host[0] && o->s.port, "connects to nowhere");
  if (o->step == SOCKS_BAD)
    demand(o->s.err.text[0], "refused without a word");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice all = {(const char *)data, size};
  for (int password = 0; password < 2; password++) {
    struct outcome whole, bytes;
    run(&whole, all, size, password);
    check(&whole);
    run(&bytes, all, 1, password);
    check(&bytes);
    demand(whole.step == bytes.step && whole.used == bytes.used, "the size of the portions shows");
    demand(!strcmp(whole.s.host, bytes.s.host) && whole.s.port == bytes.s.port, "another host");
    demand(whole.answered == bytes.answered && !memcmp(whole.answers, bytes.answers, whole.answered), "other answers");
  }
  return 0;
}
