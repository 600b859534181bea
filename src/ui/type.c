#include "ui/type.h"

uint32_t type_code(const struct key *key) {
  uint32_t letter = key->code | 0x20;
  return (key->mods & KEY_MOD_CTRL) && letter >= 'a' && letter <= 'z' ? KEY_CTRL(key->code) : key->code;
}

bool type_is_text(uint32_t code) {
  return code >= 0x20 && code != 0x7f && code < KEY_BASE && (code < 0xd800 || code > 0xdfff);
}

size_t type_encode(uint32_t code, char out[4]) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  out[0] = (char)(lead[n] | code >> 6 * (n - 1));
  for (size_t i = 1; i < n; i++)
    out[i] = (char)(0x80 | (code >> 6 * (n - 1 - i) & 0x3f));
  return n;
}
