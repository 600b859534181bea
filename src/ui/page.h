/*
 * One side of a flow as lines to read: the head, then the decoded body, formatted only where it is looked at; or what
 * is known of the connection. The page
 * is made anew when the message has grown or changed; a body that is still arriving is decoded again at growing
 * intervals, so that watching a transfer costs little. Only the first part of a body is decoded until someone goes
 * beyond it.
 */
#ifndef WEIR_UI_PAGE_H
#define WEIR_UI_PAGE_H

#include "weir/base/vec.h"
#include "weir/body/lines.h"
#include "weir/flow/flow.h"
#include "weir/ui/canvas.h"

#define PAGE_PREVIEW (64u * 1024)        /* decoded bytes for a preview */
#define PAGE_FIRST   (1024u * 1024)      /* for a message that was opened */
#define PAGE_ALL     (64u * 1024 * 1024) /* the decoder's own limit */

struct page_line {
  struct buf text;
  uint32_t name_n; /* bytes of a field's name and its padding: drawn as a key */
  enum role role;
};

struct page_want { /* what the page shows; a change makes it anew */
  uint64_t flow;
  enum flow_side side;
  bool sent;       /* the edited message, where there is one */
  bool connection; /* not the message, but the connection that it went over */
  bool brief;      /* fields without a start line: previews name it in their title */
  enum body_view view;
  unsigned hex_columns;
  size_t max; /* decoded bytes */
};

struct page_seen { /* of the message as it was when the page was made */
  uint32_t head_n, sent_head_n;
  uint64_t body_seen, sent_seen;
  bool complete, sent;
  const struct secure_facts *facts; /* compared, never looked into */
  enum flow_state state;
};

struct page {
  struct page_want want;
  struct page_seen seen;
  uint64_t made;    /* when */
  unsigned version; /* grows when the lines change */
  VEC(struct page_line) head;
  struct buf body;          /* decoded, as far as want.max */
  struct body_lines *lines; /* NULL: no body */
  bool more;                /* the body has more than was decoded */
  char about[200];          /* how it was decoded, what is missing */
};

void page_clear(struct page *p);
/* True when the lines changed. */
bool page_update(struct page *p, const struct page_want *want, const struct flow *f, uint64_t now);
/* The line's text, and the role that holds where no span says otherwise. False: there is no such line. */
bool page_get(const struct page *p, size_t index, struct body_line *out, enum role *role);
size_t page_count(const struct page *p); /* indexes the whole body */

#endif
