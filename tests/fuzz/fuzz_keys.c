/*
 * The key decoder: whatever bytes come, the same keys come out however read() cut them, names of keys parse back, and
 * nothing breaks. The first byte chooses how the rest is cut.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/ui/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct key *k) {
  struct buf name = BUF_INIT;
  struct key back;
  struct key plain = {.code = k->code, .mods = k->mods};
  key_name(&plain, &name);
  bool shown = plain.code < 0x80 || plain.code > KEY_BASE; /* others may be hidden behind a mark */
  if (name.n == 0 ||
      (shown && (!key_parse(buf_slice(&name), &back) || back.code != plain.code || back.mods != plain.mods))) {
    fprintf(stderr, "key %u with %u is called \"%s\"\n", (unsigned)plain.code, plain.mods, buf_text(&name));
    abort();
  }
  buf_clear(&name);
}

static void note(void *arg, const struct key *k) {
  struct buf *out = arg;
  buf_printf(out, "%u.%u.%d.%d.%d.%d[", (unsigned)k->code, k->mods, k->x, k->y, k->button, (int)k->action);
  buf_add_slice(out, k->text);
  buf_add_byte(out, ']');
  check_name(k);
}

static struct key_decoder *decoder(struct buf *out) {
  struct key_decoder *d = key_decoder_new(NULL, note, out);
  key_decoder_name(d, "\033[99q", KEY_F12_, KEY_MOD_SHIFT);
  key_decoder_name(d, "\033A", KEY_UP_, 0);
  return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct buf whole = BUF_INIT, cut = BUF_INIT;
  if (size < 1)
    return 0;
  unsigned step = data[0];
  const char *bytes = (const char *)data + 1;
  size_t n = size - 1;
  struct key_decoder *a = decoder(&whole), *b = decoder(&cut);
  key_decoder_feed(a, bytes, n);
  for (size_t at = 0; at < n;) {
    size_t piece = 1 + (step * (at + 1)) % 7;
    piece = piece < n - at ? piece : n - at;
    key_decoder_feed(b, bytes + at, piece);
    at += piece;
  }
  if (whole.n != cut.n || (whole.n > 0 && memcmp(whole.p, cut.p, whole.n) != 0)) {
    fprintf(stderr, "keys depend on the cuts\n%s\n%s\n", buf_text(&whole), buf_text(&cut));
    abort();
  }
  key_decoder_free(a);
  key_decoder_free(b);
  buf_clear(&whole);
  buf_clear(&cut);
  return 0;
}
