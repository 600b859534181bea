/*
 * The sanitiser on any bytes: the output is clean UTF-8, every step makes progress, columns add up, a cut never goes
 * over, and safe text put through again comes back unchanged. The first byte chooses the flags and the cut.
 */
#include <stdlib.h>
#include <string.h>

#include "weir/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

static bool is_clean(struct slice s, unsigned flags) {
  while (s.n) {
    uint32_t c;
    size_t n = text_decode(s, &c);
    bool tab = c == '\t' && (flags & TEXT_KEEP_TAB);
    if (!n || (c < 0x20 && !tab) || (c >= 0x7f && c < 0xa0) || (c >= 0x80 && (flags & TEXT_ASCII)))
      return false;
    s = slice_from(s, n);
  }
  return true;
}

static void check_clusters(struct slice s, unsigned flags, struct buf *joined) {
  size_t columns = 0;
  struct slice rest = s;
  while (rest.n) {
    struct text_cluster cluster;
    size_t used = text_next(rest, flags, &cluster);
    must(used >= 1 && used <= rest.n);
    must(cluster.n >= 1 && cluster.n <= TEXT_CLUSTER_MAX && cluster.bytes[cluster.n] == 0);
    bool tab = cluster.bytes[0] == '\t';
    must(tab ? cluster.width == 0 : cluster.width >= 1 && cluster.width <= (cluster.mark ? 8 : 2));
    buf_add(joined, cluster.bytes, cluster.n);
    columns += cluster.width;
    rest = slice_from(rest, used);
  }
  must(text_width(s, flags) == columns);
}

static void check_cut(struct slice s, unsigned flags, size_t columns) {
  size_t used = 0;
  size_t n = text_cut(s, columns, flags, &used);
  must(n <= s.n && used <= columns && text_width(slice_sub(s, 0, n), flags) == used);
  if (n < s.n) {
    struct text_cluster cluster;
    text_next(slice_from(s, n), flags, &cluster);
    must(used + cluster.width > columns);
  }
}

/* The shell's own reading of the word is tested by the unit test; here: quoted as a whole and readable. */
static void check_quote(struct slice s) {
  struct buf word = BUF_INIT;
  bool lost = false;
  text_shell_quote(&word, s, &lost);
  must(is_clean(buf_slice(&word), TEXT_PLAIN));
  must(lost == (s.n && memchr(s.p, 0, s.n) != NULL));
  must(word.n >= 2 && word.p[word.n - 1] == '\'' && (word.p[0] == '\'' || word.p[0] == '$'));
  buf_clear(&word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  unsigned flags = data[0] & 3u;
  struct slice s = slice_make((const char *)data + 1, size - 1);
  struct buf joined = BUF_INIT;
  struct buf safe = BUF_INIT;
  struct buf again = BUF_INIT;
  check_clusters(s, flags, &joined);
  text_safe(&safe, s, flags);
  must(slice_eq(buf_slice(&safe), buf_slice(&joined)));
  must(is_clean(buf_slice(&safe), flags));
  text_safe(&again, buf_slice(&safe), flags);
  must(slice_eq(buf_slice(&again), buf_slice(&safe)));
  check_cut(s, flags, data[0] >> 2);
  check_quote(s);
  buf_clear(&joined);
  buf_clear(&safe);
  buf_clear(&again);
  return 0;
}
