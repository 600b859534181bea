/*
 * What markup.c has to know of elements: of HTML their nature (WHATWG HTML, 13.1.2 and 13.2.6), of XML only whether two
 * names are the same. A name becomes a byte, so that the open ones fit into a state that is copied all the time: names
 * that HTML says nothing about, and those of XML, may share a byte, which costs an indentation, never a byte of text.
 */
#ifndef WEIR_SRC_BODY_MARKUP_H
#define WEIR_SRC_BODY_MARKUP_H

#include "weir/base/slice.h"

enum element_nature {
  ELEMENT_VOID = 1,     /* has no end tag */
  ELEMENT_INLINE = 2,   /* stands in the flow of the text */
  ELEMENT_RAW = 4,      /* its content is shown as sent */
  ELEMENT_CLOSES_P = 8, /* ends an open paragraph */
  ELEMENT_BREAK = 16    /* the line ends behind it */
};

bool markup_name_byte(char c, bool first);
/* Bytes of the name at the front, at most 64. */
size_t markup_name(struct slice s);
uint8_t element_id(struct slice name, bool html); /* never 0 */
unsigned element_nature(uint8_t id, bool html);
const char *element_name(uint8_t id); /* of one that has a nature */
/* An element that is open ends where this one begins: an item where the next one does. */
bool element_ends(uint8_t open, uint8_t begins);

/* At a start tag: how many bytes the whole element has, if it is short, holds no line's end and nothing but text and
 * what stands in the flow of text; 0 otherwise. Looks at most MARKUP_SHORT_REACH bytes ahead. */
#define MARKUP_SHORT_REACH 1536
size_t markup_short(struct slice s, bool html);

#endif
