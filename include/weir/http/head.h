/*
 * A message head: the raw bytes of start line, fields and the empty line, exactly as they stand, with an index
 * into the start line. Fields are walked over the raw bytes (they were validated when the head was made), so a
 * recorded head costs its bytes and little more.
 */
#ifndef WEIR_HTTP_HEAD_H
#define WEIR_HTTP_HEAD_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/slice.h"

struct http_head {
  char *raw;         /* malloc'ed, owned; NULL: no head */
  uint32_t n;        /* bytes of raw, the empty line included */
  uint32_t fields;   /* offset of the first field line */
  uint32_t target;   /* request: offset of the target; response: offset of the reason phrase */
  uint32_t target_n; /* its length */
  uint16_t method_n; /* request: length of the method, which begins at 0; 0 for a response */
  uint16_t status;   /* response: 100..999; 0 for a request */
  uint8_t minor;     /* HTTP/1.minor as received */
  uint32_t names;    /* a bit for the shape of each field name: most questions are answered "no" without a walk */
};

enum http_role { HTTP_REQUEST, HTTP_RESPONSE };

#define HTTP_HEAD_MAX   (256 * 1024) /* a longer head is refused with 431 or 502 */
#define HTTP_FIELDS_MAX 2000

/* What is wrong with a message: the reason, and for a request the status to answer with. */
struct http_fault {
  int status; /* 400, 414, 431, 501, 505 towards a client; 502 when it came from a server */
  struct err err;
};

/*
 * Parses and checks a whole head (start line up to and including the empty line) with RFC 9112's rules at
 * their strictest: no obs-fold, no bare CR or LF, no space before a colon, no empty or non-token names, no control
 * bytes in values, Host and framing fields unambiguous (RFC 9112-3.2, 6.1, 6.3). Method: any token. Version:
 * HTTP/1.0 or 1.1 and up (a higher minor counts as 1.1); anything else is a fault.
 * On success *head owns a copy of the bytes.
 */
bool http_head_parse(enum http_role role, struct slice raw, struct http_head *head, struct http_fault *fault);

void http_head_clear(struct http_head *head);
void http_head_copy(struct http_head *to, const struct http_head *from);
size_t http_head_cost(const struct http_head *head); /* bytes held by the allocator */

struct slice http_head_raw(const struct http_head *head);
struct slice http_head_start(const struct http_head *head); /* the start line without CRLF */
struct slice http_head_method(const struct http_head *head);
struct slice http_head_target(const struct http_head *head);
struct slice http_head_reason(const struct http_head *head);

struct http_field {
  struct slice name;  /* as sent */
  struct slice value; /* without the white space around it */
  struct slice line;  /* the whole line, CRLF included */
};

/* Walks the fields: start with *at = 0; false at the end. */
bool http_head_next(const struct http_head *head, uint32_t *at, struct http_field *field);

/* The same for the fields of one name (no case), the others passed over quickly. */
bool http_head_next_of(const struct http_head *head, struct slice name, uint32_t *at, struct http_field *field);
static inline bool http_head_next_named(const struct http_head *head, const char *name, uint32_t *at,
                                        struct http_field *field) {
  return http_head_next_of(head, slice_of(name), at, field); /* inline: the length of a literal is known */
}

/* First field of that name (no case); false where there is none. */
bool http_head_find_of(const struct http_head *head, struct slice name, struct slice *value);
static inline bool http_head_find(const struct http_head *head, const char *name, struct slice *value) {
  return http_head_find_of(head, slice_of(name), value);
}
size_t http_head_count(const struct http_head *head, const char *name);

/* Walks the members of a comma-separated list (RFC 9110-5.6.1): "a, ,b" gives "a", "b". Start with *rest = value. */
bool http_list_next(struct slice *rest, struct slice *member);
/* Is `token` a member of any field `name`? (Connection: close, TE: trailers) No case; parameters are ignored. */
bool http_head_has_token(const struct http_head *head, const char *name, const char *token);

bool http_is_token(struct slice s); /* RFC 9110-5.6.2, not empty */

#endif
