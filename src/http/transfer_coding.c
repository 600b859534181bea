#include "http/transfer_coding.h"

#include "http/fault.h"

static bool is_known(struct slice name) {
  static const char *const known[] = {"gzip", "x-gzip", "deflate", "compress", "x-compress"};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (slice_eq_ascii(name, slice_of(known[i])))
      return true;
  return false;
}

bool transfer_coding_read(enum http_role role, struct slice value, size_t at, struct transfer_coding *coding,
                          struct http_fault *fault) {
  *coding = (struct transfer_coding){false, false};
  struct slice rest = value.n > 0 ? value : SLICE(""), member;
  while (slice_split(&rest, ',', &member)) {
    member = slice_trim(member);
    if (coding->chunked)
      return fault_set(fault, role, 400, at, value.n, "Transfer-Encoding goes on behind chunked");
    if (member.n == 0)
      return fault_set(fault, role, 400, at, value.n, "an empty coding in Transfer-Encoding");
    if (slice_eq_ascii(member, SLICE("chunked")))
      coding->chunked = true;
    else if (is_known(member))
      coding->others = true;
    else
      return fault_set(fault, role, 501, at, value.n, "an unknown coding in Transfer-Encoding");
  }
  return true;
}
