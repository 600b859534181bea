#include "name.h"

#include "weir/tls/authority.h"

#define HOST_MAX  253
#define LABEL_MAX 63

static bool name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool label_valid(struct slice label) {
  if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-')
    return false;
  for (size_t i = 0; i < label.n; i++)
    if (!name_byte(label.p[i]))
      return false;
  return true;
}

static bool host_valid(struct slice host) {
  struct slice rest = host, label;
  while (slice_split(&rest, '.', &label))
    if (!label_valid(label))
      return false;
  return host.n > 0;
}

bool name_parse(struct slice from, struct name *out) {
  *out = (struct name){.text = ""};
  if (from.n == 0 || from.n > HOST_MAX + 1)
    return false;
  if (address_parse(from, 0, &out->address)) {
    out->address.scope = 0; /* a zone means something on this machine only */
    address_host(&out->address, out->text, sizeof out->text);
    return true;
  }
  out->address = (struct address){0};
  if (from.p[from.n - 1] == '.')
    from.n--;
  if (from.n > HOST_MAX)
    return false;
  for (size_t i = 0; i < from.n; i++) {
    char c = from.p[i];
    out->text[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  out->text[from.n] = '\0';
  if (host_valid(slice_make(out->text, from.n)))
    return true;
  out->text[0] = '\0';
  return false;
}

bool authority_name_valid(struct slice name) {
  struct name parsed;
  return name_parse(name, &parsed);
}
