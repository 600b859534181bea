/*
 * How a body is cut into lines: a small state that knows where the next line begins, and functions that step it by
 * one line. Copying the state is remembering the place; the pager's index (lines.c) keeps one in every few hundred.
 *
 * A step is given the bytes from `state->at` on: all that are left, or at least LINE_REACH of them. It looks no further
 * and takes fewer, so that both give the same line, and a body may come through a window of any size. Nothing that was
 * stepped over is looked at again.
 */
#ifndef WEIR_SRC_BODY_LINE_H
#define WEIR_SRC_BODY_LINE_H

#include "weir/body/kind.h"
#include "weir/body/lines.h"

#define LINE_BYTES 4096         /* a longer line is shown in pieces of about this size */
#define LINE_REACH (64u * 1024) /* bytes that a step must be given, where there are so many */
#define LINE_STACK 128          /* bytes that remember what is open */

struct line_json {
  uint8_t expect; /* what the grammar wants next */
  uint8_t token;  /* a string or number that the last line did not finish */
  uint8_t number; /* how far into a number */
  bool begun;     /* there was a value at the top */
  bool apart;     /* white space stood behind it */
};

struct line_markup {
  uint8_t where; /* in a tag, a comment, ... */
  uint8_t tag;   /* the element of the tag, or the one whose content is raw */
  bool ends;     /* it is an end tag */
  bool slash;    /* the last thing in it is a "/" */
  bool flows;    /* it stands in the flow of the text */
};

struct line_form {
  uint8_t where; /* in a name or a value */
  uint8_t width; /* of most names */
  bool measured;
  bool begun; /* the pair began on a line before */
};

struct line_events {
  bool within; /* the last line was only a piece */
};

struct line_script {
  uint8_t where;   /* in code, a comment, a string, ... */
  uint8_t last;    /* the byte that was last but for white space and comments */
  bool value;      /* what stands there could be divided: a "/" begins no regular expression */
  bool control;    /* the last word was "if" or the like */
  bool declares;   /* CSS: the value of a property is being read */
  uint16_t open;   /* brackets */
  uint16_t lowest; /* fewest of them since the line began */
};

struct line_multipart { /* beside what its part is made of */
  uint8_t where;        /* before the first part, in a head, in a body, behind the last */
  uint8_t kind;         /* enum body_kind of the part */
  bool begins;          /* its body has not begun */
  bool ended;           /* a boundary stands at `clear` */
  uint8_t boundary_n;
  uint32_t boundary_hash;
  size_t clear; /* no boundary begins before that */
};

struct line_state {
  size_t at;      /* first byte of the next line */
  uint16_t depth; /* how far the next line is indented, unless it closes something */
  uint8_t kind;   /* enum body_kind; becomes BODY_TEXT for good where it stops being what it was */
  /* of the line that was stepped over last */
  bool part;      /* it was cut because it was too long: what comes is its next piece */
  bool closes;    /* it begins with the end of what a line before it opened */
  bool goes_on;   /* it continues the line before it, which was too long or held a line's end */
  uint16_t level; /* how far it is indented */
  union {
    struct line_json json;
    struct line_markup markup;
    struct line_form form;
    struct line_events events;
    struct line_script script;
  } in;
  struct line_multipart multipart;
  uint8_t stack[LINE_STACK]; /* a bit, some bits or a byte for each of the innermost that are open */
};

/* Steps over one line and appends it to `out` (NULL: only steps). Sets state->part where a line goes on. False: the body
 * is used up. */
typedef bool line_step_fn(struct slice rest, struct line_state *state, struct body_line *out);

line_step_fn line_next; /* whatever the state's kind is */
line_step_fn line_piece;
line_step_fn line_json_next;   /* also for several values one after another */
line_step_fn line_markup_next; /* XML and HTML */
line_step_fn line_form_next;
line_step_fn line_events_next;
line_step_fn line_js_next;
line_step_fn line_css_next;
line_step_fn line_multipart_next;

bool line_has_steps(enum body_kind kind); /* of its own: else it is text */

/* One line of a hex view, of the bytes that stand at `at`. */
void line_hex(struct slice row, unsigned columns, uint64_t at, struct body_line *out);

void line_dim(struct body_line *out); /* all of it in that style */

/* Appends bytes in a style, joining it to the span before where that has the same style. */
void line_add(struct body_line *out, const char *bytes, size_t n, enum body_style style);

/* The two halves of body_kind_of(): what the sender says, which may be BODY_EMPTY, and what that is in the face of the
 * bytes. */
enum body_kind kind_said(struct slice content_type);
enum body_kind kind_seen(enum body_kind kind, struct slice first_bytes);

/* The sample begins an object or array and is valid JSON as far as it goes. */
bool json_begins(struct slice sample);

#endif
