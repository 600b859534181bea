#include "weir/io/secure.h"

#include <stdlib.h>

#include "weir/base/mem.h"

struct secure_facts *secure_facts_new(void) {
  struct secure_facts *s = mem_zero(1, sizeof *s);
  s->refs = 1;
  return s;
}

static size_t measure(const struct secure_facts *s) {
  size_t sum = mem_cost(s) + mem_cost(s->sni) + mem_cost(s->problem) + mem_cost(s->shown);
  for (size_t i = 0; i < s->certificates; i++) {
    const struct secure_certificate *c = &s->certificate[i];
    sum += mem_cost(c->subject) + mem_cost(c->issuer) + mem_cost(c->names);
  }
  return sum;
}

struct secure_facts *secure_facts_ref(struct secure_facts *s) {
  if (s && s->refs++ == 1)
    s->cost = measure(s);
  return s;
}

void secure_facts_unref(struct secure_facts *s) {
  if (!s || --s->refs > 0)
    return;
  for (size_t i = 0; i < s->certificates; i++)
    secure_certificate_clear(&s->certificate[i]);
  free(s->sni);
  free(s->problem);
  free(s->shown);
  free(s);
}

void secure_certificate_clear(struct secure_certificate *c) {
  free(c->subject);
  free(c->issuer);
  free(c->names);
  *c = (struct secure_certificate){0};
}

void secure_certificate_copy(struct secure_certificate *to, const struct secure_certificate *from) {
  *to = *from;
  to->subject = mem_dup(from->subject);
  to->issuer = mem_dup(from->issuer);
  to->names = mem_dup(from->names);
}

size_t secure_facts_cost(const struct secure_facts *s) {
  if (!s)
    return 0;
  return s->cost ? s->cost : measure(s);
}
