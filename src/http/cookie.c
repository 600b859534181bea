#include "weir/http/cookie.h"

static void split(struct slice part, struct slice *name, struct slice *value) {
  ptrdiff_t equals = slice_find_byte(part, '=');
  *name = slice_trim(slice_sub(part, 0, equals < 0 ? 0 : (size_t)equals));
  *value = slice_trim(slice_from(part, equals < 0 ? 0 : (size_t)equals + 1));
}

bool http_cookie_next(struct slice *rest, struct slice *name, struct slice *value) {
  struct slice part;
  while (rest->n > 0 && slice_split(rest, ';', &part)) {
    part = slice_trim(part);
    if (part.n == 0)
      continue;
    split(part, name, value);
    return true;
  }
  return false;
}

/* An attribute that has no "=" is a name here. */
static void attribute(struct slice part, struct http_set_cookie *c) {
  struct slice name = part, value = {"", 0};
  if (slice_find_byte(part, '=') >= 0)
    split(part, &name, &value);
  const struct {
    const char *name;
    struct slice *value;
    bool *flag;
  } known[] = {
      {"Domain", &c->domain, NULL},   {"Path", &c->path, NULL},          {"Expires", &c->expires, NULL},
      {"Max-Age", &c->max_age, NULL}, {"SameSite", &c->same_site, NULL}, {"Priority", &c->priority, NULL},
      {"Secure", NULL, &c->secure},   {"HttpOnly", NULL, &c->http_only}, {"Partitioned", NULL, &c->partitioned},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!slice_eq_ascii(name, slice_of(known[i].name)))
      continue;
    if (known[i].flag != NULL)
      *known[i].flag = true;
    else
      *known[i].value = value; /* the last one counts */
    return;
  }
  if (c->unknown.p == NULL)
    c->unknown = part;
}

void http_set_cookie_read(struct slice s, struct http_set_cookie *cookie) {
  struct slice part;
  *cookie = (struct http_set_cookie){.secure = false};
  if (!slice_split(&s, ';', &part))
    return;
  split(slice_trim(part), &cookie->name, &cookie->value);
  while (s.n > 0 && slice_split(&s, ';', &part)) {
    part = slice_trim(part);
    if (part.n > 0)
      attribute(part, cookie);
  }
}
