/*
 * One side of a flow as lines to read: the head, then the body, read and formatted only where it is looked at; or one thing
 * about it as rows: its fields explained, cookies, timing, the connection. An identity-coded body of UTF-8 is shown from its own record, another one through a decoder, as far as somebody looks. The page is made anew when what is to be
 * shown is another message; that its body grows only adds to it.
 *
 * A page holds on to nothing of the flow but its number: whoever uses it calls page_update() first, in each turn, or
 * page_forget() when the flow is gone.
 */
#ifndef WEIR_UI_PAGE_H
#define WEIR_UI_PAGE_H

#include "ui/folds.h"
#include "weir/base/err.h"
#include "weir/base/vec.h"
#include "weir/body/charset.h"
#include "weir/body/lines.h"
#include "weir/body/picture.h"
#include "weir/body/unpacked.h"
#include "weir/flow/flow.h"
#include "weir/ui/canvas.h"

#define PAGE_PREVIEW (64u * 1024)   /* decoded at once for a preview */
#define PAGE_FIRST   (1024u * 1024) /* for a message that was opened */

struct page_line {
  struct buf text;
  uint32_t name_n;        /* bytes of a field's name and its padding: drawn as a key */
  uint8_t *paint;         /* of a picture: two colours for each column, or NULL; owned */
  struct body_span *span; /* styles of its text, or NULL; owned */
  size_t spans;
  bool table; /* its value stands below those of other lines */
  enum role role;
};

enum page_show { PAGE_MESSAGE, PAGE_HEADERS, PAGE_COOKIES, PAGE_QUERY, PAGE_TIMING, PAGE_CONNECTION, PAGE_TOKEN };

struct page_picture { /* of an image */
  enum { PAGE_PICTURE_COMING, PAGE_PICTURE_THERE, PAGE_PICTURE_NONE } state;
  const struct picture *picture;
  bool many;     /* in 256 colours; else characters stand for light and dark */
  unsigned made; /* another number when it is another one */
  char why[120]; /* there is none */
};

struct page_want { /* what the page shows; a change makes it anew */
  uint64_t flow;
  enum flow_side side;
  enum page_show show; /* the message, or one thing about it */
  bool sent;           /* the edited message, where there is one */
  bool brief;          /* fields without a start line: previews name it in their title */
  enum body_view view;
  unsigned hex_columns;
  size_t max;                         /* so much is decoded at once; the rest when it is looked at */
  unsigned width;                     /* columns, for what is drawn as wide as there is room; 0: nothing is */
  bool redact;                        /* secrets are shown by their length */
  bool ascii;                         /* and no character above 0x7f */
  const struct page_picture *picture; /* of an image; NULL: none is wanted */
  unsigned picture_made;
  struct slice token; /* PAGE_TOKEN: which */
  bool marks;         /* what can be folded has a sign before it */
};

struct page_seen { /* of the message as it was when the page was made */
  uint32_t head_n, sent_head_n;
  uint64_t body_seen, sent_seen;
  bool complete, sent;
  const struct secure_facts *facts; /* compared, never looked into */
  enum flow_state state;
};

struct page_place {
  size_t head;            /* a line of the head, or PAGE_BODY */
  struct body_place body; /* then: where in the body */
};
#define PAGE_BODY SIZE_MAX

struct page {
  struct page_want want;
  struct page_seen seen;
  uint64_t now;
  uint64_t rows_made;
  unsigned version; /* grows when lines change; that there are more of them at the end is no change */
  VEC(struct page_line) head;
  struct folds folds;        /* of the pretty body */
  const struct body *record; /* what is shown, until the end of the turn */
  uint64_t kept;             /* how much of it there was */
  bool ended;                /* nothing more is recorded */
  bool own;                  /* shown from `body`: bytes of no flow */
  struct buf body;
  struct body_unpacked *unpacked; /* else shown from this, if there is one, and from the record if not */
  bool refused;                   /* there is none because it cannot be decoded */
  struct err why;
  struct body_charset charset;
  struct body_lines *lines; /* NULL: no body */
  uint64_t lines_made;      /* size of the body when its kind was found out */
  enum body_kind kind;
  bool image;         /* its first bytes say that it is one */
  bool hex;           /* whatever was wanted, it is shown as hex */
  bool more;          /* there is more to decode: page_unpack() */
  char about[300];    /* how it was decoded, what is missing */
  char not_json[200]; /* it says that it is JSON and is not: where, why; empty: it is, or nobody knows */
  bool json_checked;
};

void page_clear(struct page *p);
void page_forget(struct page *p); /* the flow is gone: an empty page */
/* True when the lines changed. */
bool page_update(struct page *p, const struct page_want *want, const struct flow *f, uint64_t now);

/* Bytes that are of no flow, as a body without a head; takes them. */
void page_show(struct page *p, struct buf *bytes, enum body_kind kind, enum body_view view);
void page_show_more(struct page *p, struct slice bytes); /* at the end of those; more may come as long as !p->ended */

/* Places, in order: the lines of the head, then those of the body; those that are folded away are none. False: there is
 * none (further). */
bool page_first(const struct page *p, struct page_place *place);
bool page_last(const struct page *p, struct page_place *place);
bool page_next(const struct page *p, struct page_place *place);
bool page_previous(const struct page *p, struct page_place *place);
/* By whole lines, however long they are. */
enum body_lines_found page_next_line(const struct page *p, struct page_place *place);
void page_line_start(const struct page *p, struct page_place *place);
/* The line of the body that shows this byte; without a body the last one of the head. */
bool page_find(const struct page *p, uint64_t offset, struct page_place *place);
bool page_same_place(const struct page_place *a, const struct page_place *b);
uint64_t page_key(const struct page_place *place); /* orders places */
uint64_t page_body_key(uint64_t at);               /* of a place in the body */
bool page_by_key(const struct page *p, uint64_t key, struct page_place *place);

uint64_t page_body_size(const struct page *p); /* of the bytes that are there to be shown */
struct body_bytes page_bytes(struct page *p);  /* that are shown */
bool page_ended(const struct page *p);         /* no more comes or is decoded */
/* Decodes on until so many bytes are there, or until the deadline (clock_mono(); 0: none), a portion at least. False:
 * there is nothing more to decode now. */
bool page_unpack(struct page *p, uint64_t until, uint64_t deadline);
unsigned page_unpacked(const struct page *p); /* percent of the coded body that is decoded */
/* The line's text, and the role that holds where no span says otherwise. */
void page_get(const struct page *p, const struct page_place *place, struct body_line *out, enum role *role);

bool page_next_through(const struct page *p, struct page_place *place); /* also what is folded away */

/* ---- page_folds.c ---- */
bool page_marks(const struct page *p); /* lines of the body may open something, and say so */
const struct fold *page_fold(const struct page *p, const struct page_place *place); /* its line is all that is seen */
ptrdiff_t page_mark_at(const struct page *p,
                       const struct page_place *place); /* byte of its sign in the line; -1: none */
/* For page.c. A hidden place becomes the line that hides it. */
void page_out_of_fold(const struct page *p, struct page_place *place);
bool page_past_fold(const struct page *p, struct page_place *place, bool *folded); /* false: nothing is behind */
void page_mark_line(const struct page *p, const struct page_place *place, struct body_line *out);

void page_say_behind(struct body_line *line, const char *words);

/* ---- page_token.c ---- */
/* The JSON Web Token that stands there, or that the hint there is about. False: none. */
bool page_token(const struct page *p, const struct page_place *place, struct buf *token);
void page_token_hint(const struct page *p, struct body_line *line); /* for page.c: says that there is one */

/* page_json.c, for page_body.c. */
void page_json_check(struct page *p);

/* page_body.c, for page.c: what is shown of the body. */
void page_body_update(struct page *p, const struct flow *f, const struct flow_message *m, bool anew);
void page_body_clear(struct page *p);

#endif
