#include "rule/served.h"

#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/base/steady_map.h"

struct served {
  unsigned refs;
  struct steady_map last;
};

struct served *served_new(void) {
  struct served *s = mem_zero(1, sizeof *s);
  s->refs = 1;
  return s;
}

struct served *served_ref(struct served *s) {
  s->refs++;
  return s;
}

void served_unref(struct served *s) {
  if (!s || --s->refs)
    return;
  steady_map_clear(&s->last);
  free(s);
}

uint64_t served_last(const struct served *s, uint64_t request) {
  uint64_t id = 0;
  return steady_map_get(&s->last, request, &id) ? id : 0;
}

void served_note(struct served *s, uint64_t request, uint64_t id) {
  if (s->last.count >= SERVED_MAX)
    served_forget(s);
  steady_map_put(&s->last, request, id);
}

void served_forget(struct served *s) {
  steady_map_clear(&s->last);
}
