#include "permit.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <string.h>

#include "certificate.h"
#include "weir/base/text.h"

/* ---- said ---- */

static bool push(STACK_OF(GENERAL_SUBTREE) * *to, int type, const void *bytes, size_t n) {
  GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();
  ASN1_STRING *value = ASN1_STRING_type_new(type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
  if (!*to)
    *to = sk_GENERAL_SUBTREE_new_null();
  bool ok = *to && subtree && value && ASN1_STRING_set(value, bytes, (int)n) && sk_GENERAL_SUBTREE_push(*to, subtree);
  if (!ok) {
    GENERAL_SUBTREE_free(subtree);
    ASN1_STRING_free(value);
    return false;
  }
  GENERAL_NAME_set0_value(subtree->base, type, value);
  return true;
}

static bool push_network(STACK_OF(GENERAL_SUBTREE) * *to, const uint8_t *ip, size_t size, unsigned bits) {
  uint8_t both[32] = {0}; /* address and mask */
  for (size_t i = 0; i < size; i++) {
    unsigned in_byte = bits > 8 * i ? bits - 8 * (unsigned)i : 0;
    both[size + i] = in_byte >= 8 ? 0xff : (uint8_t)(0xff << (8 - in_byte));
    both[i] = ip[i] & both[size + i];
  }
  return push(to, GEN_IPADD, both, 2 * size);
}

/* "10.0.0.0/8", "fd00::/8", "127.0.0.1". False: it is none. */
static bool read_network(struct slice item, struct address *address, unsigned *bits) {
  ptrdiff_t slash = slice_find_byte(item, '/');
  uint64_t n = 0;
  if (!address_parse(slash < 0 ? item : slice_sub(item, 0, (size_t)slash), 0, address))
    return false;
  unsigned most = address->family == 4 ? 32 : 128;
  *bits = most;
  if (slash < 0)
    return true;
  if (!slice_to_u64(slice_from(item, (size_t)slash + 1), &n) || n > most)
    return false;
  *bits = (unsigned)n;
  return true;
}

static bool add_item(NAME_CONSTRAINTS *limits, struct slice item, bool *names, bool *addresses) {
  struct address address;
  struct name name;
  unsigned bits = 0;
  if (read_network(item, &address, &bits)) {
    *addresses = true;
    return push_network(&limits->permittedSubtrees, address.ip, address.family == 4 ? 4 : 16, bits);
  }
  if (item.n > 1 && item.p[0] == '.')
    item = slice_from(item, 1);
  if (!name_parse(item, &name) || name.address.family || address_is_number(item))
    return false;
  *names = true;
  return push(&limits->permittedSubtrees, GEN_DNS, name.text, strlen(name.text));
}

/* What is not spoken of would be allowed. */
static bool exclude_rest(NAME_CONSTRAINTS *limits, bool names, bool addresses) {
  static const uint8_t any[16];
  return (names || push(&limits->excludedSubtrees, GEN_DNS, "", 0)) &&
         (addresses ||
          (push_network(&limits->excludedSubtrees, any, 4, 0) && push_network(&limits->excludedSubtrees, any, 16, 0)));
}

NAME_CONSTRAINTS *permit_parse(const char *list, struct err *err) {
  struct slice rest = slice_of(list), item;
  NAME_CONSTRAINTS *limits = NAME_CONSTRAINTS_new();
  bool names = false, addresses = false;
  while (limits && slice_split(&rest, ',', &item)) {
    item = slice_trim(item);
    if (add_item(limits, item, &names, &addresses))
      continue;
    struct buf safe = BUF_INIT;
    text_safe(&safe, slice_sub(item, 0, 80), TEXT_PLAIN);
    err_set(err,
            "\"%s\" is neither a name such as .test or shop.example nor an address such as 127.0.0.1 or 10.0.0.0/8",
            buf_text(&safe));
    buf_clear(&safe);
    goto refused;
  }
  if (!names && !addresses) {
    err_set(err, "there is no name in it");
    goto refused;
  }
  if (limits && exclude_rest(limits, names, addresses))
    return limits;
  err_set(err, "OpenSSL made no name constraints");
refused:
  NAME_CONSTRAINTS_free(limits);
  return NULL;
}

/* ---- read ---- */

NAME_CONSTRAINTS *permit_of(const X509 *authority) {
  return X509_get_ext_d2i(authority, NID_name_constraints, NULL, NULL);
}

bool permit_same(const NAME_CONSTRAINTS *a, const NAME_CONSTRAINTS *b) {
  unsigned char *bytes[2] = {NULL, NULL};
  const NAME_CONSTRAINTS *both[] = {a, b};
  int n[2];
  if (!a || !b)
    return !a == !b;
  for (int i = 0; i < 2; i++)
    n[i] = ASN1_item_i2d((const ASN1_VALUE *)both[i], &bytes[i], ASN1_ITEM_rptr(NAME_CONSTRAINTS));
  bool same = n[0] > 0 && n[0] == n[1] && memcmp(bytes[0], bytes[1], (size_t)n[0]) == 0;
  OPENSSL_free(bytes[0]);
  OPENSSL_free(bytes[1]);
  return same;
}

bool permit_allows(const NAME_CONSTRAINTS *limits, const struct name *name) {
  if (!limits)
    return true;
  X509 *x = X509_new();
  bool named = x && certificate_add_name(x, name);
  if (named)
    X509_get_extension_flags(x); /* else OpenSSL does not see the name */
  bool allows = named && NAME_CONSTRAINTS_check(x, (NAME_CONSTRAINTS *)(uintptr_t)limits) == X509_V_OK;
  X509_free(x);
  ERR_clear_error();
  return allows;
}

/* ---- shown ---- */

static unsigned mask_bits(const uint8_t *mask, size_t size) {
  unsigned n = 0;
  for (size_t i = 0; i < size; i++)
    for (uint8_t bit = 0x80; bit && (mask[i] & bit); bit >>= 1)
      n++;
  return n;
}

static void put_network(struct buf *out, const uint8_t *both, size_t n) {
  char text[INET6_ADDRSTRLEN] = "?";
  size_t size = n / 2;
  inet_ntop(size == 4 ? AF_INET : AF_INET6, both, text, sizeof text);
  unsigned bits = mask_bits(both + size, size);
  buf_add_text(out, text);
  if (bits < 8 * size)
    buf_printf(out, "/%u", bits);
}

void permit_text(const NAME_CONSTRAINTS *limits, struct buf *out) {
  size_t begin = out->n;
  for (int i = 0; limits && i < sk_GENERAL_SUBTREE_num(limits->permittedSubtrees); i++) {
    const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(limits->permittedSubtrees, i)->base;
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(base, &type);
    int n = value && (type == GEN_DNS || type == GEN_IPADD) ? ASN1_STRING_length(value) : -1;
    if (out->n > begin)
      buf_add_text(out, ", ");
    if (type == GEN_DNS && n >= 0)
      buf_add(out, (const char *)ASN1_STRING_get0_data(value), (size_t)n);
    else if (type == GEN_IPADD && (n == 8 || n == 32))
      put_network(out, ASN1_STRING_get0_data(value), (size_t)n);
    else
      buf_add_text(out, "(another kind of name)");
  }
  if (limits && out->n == begin)
    buf_add_text(out, "no name at all, but for what its certificate does not speak of");
}
