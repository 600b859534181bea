#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/slice.h"

#define TEXT_KEPT 48 /* bytes of a text that are compared */

struct node {
  uint64_t id;
  double number;
  struct node *left, *right;
  struct node *next; /* in its bucket */
  uint32_t size, priority;
  uint8_t kind; /* enum datum_kind */
  uint8_t n;
  char text[]; /* n bytes, lower case */
};

struct order {
  struct datum *by;
  struct node *root;
  struct node **bucket; /* by the low bits of the id: ids are dense, so hardly two share one */
  size_t buckets;       /* a power of two */
  size_t valued;        /* nodes that have a value: they stand in front */
  uint32_t random;
};

struct order *order_new(struct datum *by) {
  struct order *o = mem_zero(1, sizeof *o);
  o->by = by;
  o->random = 2463534242u;
  return o;
}

void order_clear(struct order *o) {
  for (size_t i = 0; i < o->buckets; i++)
    for (struct node *n = o->bucket[i], *next; n; n = next) {
      next = n->next;
      free(n);
    }
  free(o->bucket);
  o->bucket = NULL;
  o->root = NULL;
  o->buckets = o->valued = 0;
}

void order_free(struct order *o) {
  if (!o)
    return;
  order_clear(o);
  datum_free(o->by);
  free(o);
}

const struct datum *order_by(const struct order *o) {
  return o->by;
}

static size_t size_of(const struct node *n) {
  return n ? n->size : 0;
}

size_t order_count(const struct order *o) {
  return size_of(o->root);
}

/* ---- by id ---- */

static struct node *find(const struct order *o, uint64_t id) {
  struct node *n = o->buckets ? o->bucket[id & (o->buckets - 1)] : NULL;
  while (n && n->id != id)
    n = n->next;
  return n;
}

static void more_buckets(struct order *o) {
  size_t many = o->buckets ? o->buckets * 2 : 1024;
  struct node **bucket = mem_zero(many, sizeof(struct node *));
  for (size_t i = 0; i < o->buckets; i++)
    for (struct node *n = o->bucket[i], *next; n; n = next) {
      struct node **to = &bucket[n->id & (many - 1)];
      next = n->next;
      n->next = *to;
      *to = n;
    }
  free(o->bucket);
  o->bucket = bucket;
  o->buckets = many;
}

static void remember(struct order *o, struct node *n) {
  if (order_count(o) >= o->buckets)
    more_buckets(o);
  struct node **to = &o->bucket[n->id & (o->buckets - 1)];
  n->next = *to;
  *to = n;
}

static void forget(struct order *o, struct node *n) {
  struct node **at = &o->bucket[n->id & (o->buckets - 1)];
  while (*at != n)
    at = &(*at)->next;
  *at = n->next;
}

/* ---- the tree ---- */

static int compare_values(const struct node *a, const struct node *b) {
  static const int rank[] = {[DATUM_NUMBER] = 0, [DATUM_TEXT] = 1, [DATUM_NONE] = 2};
  if (a->kind != b->kind)
    return rank[a->kind] - rank[b->kind];
  if (a->kind == DATUM_NUMBER && a->number != b->number)
    return a->number < b->number ? -1 : 1;
  int order = memcmp(a->text, b->text, a->n < b->n ? a->n : b->n);
  return order ? order : (int)a->n - (int)b->n;
}

static bool before(const struct node *a, const struct node *b) {
  int order = compare_values(a, b);
  return order ? order < 0 : a->id < b->id;
}

static void count(struct node *n) {
  n->size = (uint32_t)(1 + size_of(n->left) + size_of(n->right));
}

/* What stands before `at` to the left, the rest to the right. */
static void split(struct node *n, const struct node *at, struct node **left, struct node **right) {
  if (!n) {
    *left = *right = NULL;
    return;
  }
  if (before(n, at)) {
    split(n->right, at, &n->right, right);
    *left = n;
  } else {
    split(n->left, at, left, &n->left);
    *right = n;
  }
  count(n);
}

static struct node *join(struct node *left, struct node *right) {
  if (!left || !right)
    return left ? left : right;
  struct node *top = left->priority > right->priority ? left : right;
  if (top == left)
    left->right = join(left->right, right);
  else
    right->left = join(left, right->left);
  count(top);
  return top;
}

static struct node *insert(struct node *at, struct node *n) {
  if (!at || n->priority > at->priority) {
    split(at, n, &n->left, &n->right);
    count(n);
    return n;
  }
  if (before(n, at))
    at->left = insert(at->left, n);
  else
    at->right = insert(at->right, n);
  count(at);
  return at;
}

static struct node *take_out(struct node *at, const struct node *n) {
  if (at == n)
    return join(at->left, at->right);
  if (before(n, at))
    at->left = take_out(at->left, n);
  else
    at->right = take_out(at->right, n);
  count(at);
  return at;
}

static size_t rank_of(const struct order *o, const struct node *n) {
  size_t rank = 0;
  for (const struct node *at = o->root; at;)
    if (before(at, n)) {
      rank += size_of(at->left) + 1;
      at = at->right;
    } else {
      at = at->left;
    }
  return rank;
}

/* ---- flows ---- */

static struct node *make(const struct order *o, const struct flow *f, uint64_t now) {
  struct buf text = BUF_INIT;
  double number = 0;
  enum datum_kind kind = datum_get(o->by, f, now, &number, &text);
  size_t n = kind == DATUM_TEXT ? (text.n < TEXT_KEPT ? text.n : TEXT_KEPT) : 0;
  struct node *node = mem_zero(1, sizeof *node + n);
  node->id = f->id;
  node->kind = (uint8_t)kind;
  node->number = kind == DATUM_NUMBER ? number : 0;
  node->n = (uint8_t)n;
  for (size_t i = 0; i < n; i++) {
    char c = text.p[i];
    node->text[i] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
  }
  buf_clear(&text);
  return node;
}

bool order_remove(struct order *o, uint64_t id) {
  struct node *n = find(o, id);
  if (!n)
    return false;
  o->root = take_out(o->root, n);
  o->valued -= n->kind != DATUM_NONE;
  forget(o, n);
  free(n);
  return true;
}

/* xorshift: the tree is balanced by chance, and nobody gains by guessing it. */
static uint32_t draw(struct order *o) {
  o->random ^= o->random << 13;
  o->random ^= o->random >> 17;
  o->random ^= o->random << 5;
  return o->random;
}

bool order_put(struct order *o, const struct flow *f, uint64_t now) {
  struct node *was = find(o, f->id), *n = make(o, f, now);
  if (was && compare_values(was, n) == 0) {
    free(n);
    return false;
  }
  if (was)
    order_remove(o, f->id);
  n->priority = draw(o);
  remember(o, n);
  o->root = insert(o->root, n);
  o->valued += n->kind != DATUM_NONE;
  return true;
}

bool order_has(const struct order *o, uint64_t id) {
  return find(o, id) != NULL;
}

/* The values the other way round, and behind them, as ever, those that have none. */
static size_t turned(const struct order *o, size_t i) {
  return i < o->valued ? o->valued - 1 - i : i;
}

uint64_t order_nth(const struct order *o, size_t i, bool reverse) {
  const struct node *n = o->root;
  if (i >= order_count(o))
    return 0;
  if (reverse)
    i = turned(o, i);
  for (;;) {
    size_t left = size_of(n->left);
    if (i == left)
      return n->id;
    if (i < left) {
      n = n->left;
    } else {
      i -= left + 1;
      n = n->right;
    }
  }
}

size_t order_place(const struct order *o, uint64_t id, const struct flow *f, uint64_t now, bool reverse) {
  struct node *n = find(o, id);
  if (n)
    return reverse ? turned(o, rank_of(o, n)) : rank_of(o, n);
  if (!f)
    return 0;
  n = make(o, f, now);
  size_t rank = rank_of(o, n);
  free(n);
  return reverse && rank <= o->valued ? o->valued - rank : rank;
}
