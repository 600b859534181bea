/*
 * Bodies of every kind as lines: the rules of pretty_rules.h hold for any bytes. Tokens and images are looked for in them
 * too. The first byte chooses the kind.
 */
#include <stdlib.h>

#include "pretty_rules.h"
#include "weir/body/image.h"
#include "weir/body/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

static void on_line(void *arg, const struct body_line *line) {
  must(!rules_spans(line));
  ++*(size_t *)arg;
}

static void check_tokens(struct slice body) {
  struct slice token;
  size_t lines = 0;
  while (jwt_find(body, &token)) {
    must(token.p >= body.p && token.p + token.n <= body.p + body.n && token.n > 0);
    jwt_read(token, 1795435269, on_line, &lines);
    must(lines >= 4); /* two titles, a header, a signature */
    body = slice_from(body, (size_t)(token.p - body.p) + token.n);
  }
  jwt_read(slice_sub(body, 0, 100), 0, on_line, &lines);
}

static void check_image(struct slice body) {
  struct image_facts facts;
  bool is_image = image_look(body, &facts);
  must(is_image == (facts.form != IMAGE_NONE) && facts.name);
  must(memchr(facts.pixels, 0, sizeof facts.pixels) && memchr(facts.camera, 0, sizeof facts.camera) &&
       memchr(facts.taken, 0, sizeof facts.taken));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  struct slice body = slice_make((const char *)data + 1, size - 1);
  enum body_kind kind = (enum body_kind)(data[0] % BODY_IMAGE);
  must(!rules_hold(kind, body));
  check_tokens(body);
  check_image(body);
  return 0;
}
