/* A term's pattern, from what a person typed to what is looked for. */
#include <stdlib.h>
#include <string.h>

#include "tree.h"
#include "weir/base/mem.h"

void tree_free(struct node *node) {
  while (node) {
    struct node *next = node->next;
    tree_free(node->child);
    regex_free(node->regex);
    json_path_free(node->json);
    free(node->pattern);
    free(node->name);
    free(node);
    node = next;
  }
}

/* As it stands; star: * stands for anything. */
static void put_literal(struct buf *out, struct slice text, bool star) {
  for (size_t i = 0; i < text.n; i++) {
    char c = text.p[i];
    if (star && c == '*') {
      buf_add_text(out, "[\\s\\S]*");
      continue;
    }
    if (c && strchr("\\^$.[]|()?*+{}#", c))
      buf_add_byte(out, '\\');
    buf_add_byte(out, c);
  }
}

static bool has_special(struct slice text) {
  for (size_t i = 0; i < text.n; i++)
    if (text.p[i] && strchr("\\^$[]|()?*+{}", text.p[i]))
      return true;
  return false;
}

static struct regex *compile_literal(struct slice text, bool star, unsigned flags, struct err *err) {
  struct buf pattern = BUF_INIT;
  put_literal(&pattern, text, star);
  struct regex *made = regex_new(buf_slice(&pattern), flags, err);
  buf_clear(&pattern);
  return made;
}

/* What is typed without quotes is mostly a piece of a URL ("/users?page=2") and now and then a regular expression
 * ("a.c"): both are looked for. What is no regular expression ("*.png") is taken as it stands, * for anything. */
static struct regex *compile_smart(struct slice text, unsigned flags, struct err *err) {
  if (!has_special(text))
    return regex_new(text, flags, err);
  struct regex *alone = regex_new(text, flags, NULL);
  if (!alone)
    return compile_literal(text, true, flags, err);
  regex_free(alone);
  struct buf both = BUF_INIT;
  buf_add_text(&both, "(?:");
  put_literal(&both, text, false);
  buf_add_text(&both, ")|(?:");
  buf_add_slice(&both, text);
  buf_add_text(&both, ")");
  struct regex *made = regex_new(buf_slice(&both), flags, err);
  buf_clear(&both);
  return made;
}

bool node_set_pattern(struct node *node, enum node_shape shape, struct slice pattern, unsigned flags, struct err *err) {
  flags |= node->term->flags;
  node->shape = shape;
  switch (shape) {
  case SHAPE_SMART:
    node->regex = compile_smart(pattern, flags, err);
    break;
  case SHAPE_LITERAL:
    node->regex = compile_literal(pattern, false, flags, err);
    break;
  case SHAPE_EXACT:
    node->regex = compile_literal(pattern, true, flags | REGEX_WHOLE, err);
    break;
  case SHAPE_NONE:
  case SHAPE_REGEX:
    node->regex = regex_new(pattern, flags, err);
    break;
  }
  node->pattern_n = pattern.n;
  node->pattern = mem_dup_n(pattern.n ? pattern.p : "", pattern.n);
  return node->regex != NULL;
}
