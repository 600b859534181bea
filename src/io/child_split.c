/* An editor command as words, without a shell: what `EDITOR="vim -c 'set nu'"` needs and no more. */
#include <stdlib.h>
#include <string.h>

#include "weir/base/vec.h"
#include "weir/io/child.h"

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/* Copies one quoted part without its quotes; NULL for an open one. */
static const char *quoted(const char *p, struct buf *word) {
  char quote = *p++;
  for (; *p && *p != quote; p++) {
    if (quote == '"' && *p == '\\' && (p[1] == '"' || p[1] == '\\' || p[1] == '$' || p[1] == '`'))
      p++;
    buf_add_byte(word, *p);
  }
  return *p ? p + 1 : NULL;
}

static const char *read_word(const char *p, struct buf *word) {
  while (p && *p && !is_blank(*p)) {
    if (*p == '\'' || *p == '"') {
      p = quoted(p, word);
    } else {
      if (*p == '\\' && p[1])
        p++;
      buf_add_byte(word, *p++);
    }
  }
  return p;
}

char **child_split(const char *command, struct err *err) {
  VEC(char *) words = {0};
  const char *p = command;
  for (;;) {
    while (is_blank(*p))
      p++;
    if (!*p)
      break;
    struct buf word = BUF_INIT;
    const char *start = p;
    p = read_word(p, &word);
    if (!p) {
      err_set_at(err, (size_t)(start - command), strlen(start), "a quote is not closed in: %s", command);
      buf_clear(&word);
      goto fail;
    }
    VEC_PUSH(&words, word.p ? buf_take(&word) : mem_dup(""));
  }
  if (words.n > 0) {
    VEC_PUSH(&words, NULL);
    return words.v;
  }
  err_set(err, "an empty command");
fail:
  VEC_PUSH(&words, NULL);
  child_split_free(words.v);
  return NULL;
}

void child_split_free(char **argv) {
  for (char **word = argv; word && *word; word++)
    free(*word);
  free(argv);
}
