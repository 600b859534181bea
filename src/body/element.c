/* Elements: their names as bytes, what HTML says of them, and which are short enough for one line. */
#include "markup.h"

#define TAG_MAX  1024 /* of an element on one line: its start tag */
#define TEXT_MAX 200  /* and what follows, up to the end of its end tag */
#define NESTED   8    /* elements within it */

#define V ELEMENT_VOID
#define I ELEMENT_INLINE
#define R ELEMENT_RAW
#define P ELEMENT_CLOSES_P

/* Those that the code below names come first. */
enum known { KNOWN_NONE, LI, DT, DD, PARAGRAPH, OPTION, OPTGROUP, TR, TD, TH, TBODY, THEAD, TFOOT, HEAD, BODY };

static const struct element {
  char name[11];
  uint8_t n, nature;
} elements[] = {
#define E(name, nature)                                                                                                \
  { name, sizeof(name) - 1, nature }
    E("", 0),         E("li", P),         E("dt", P),
    E("dd", P),       E("p", P),          E("option", 0),
    E("optgroup", 0), E("tr", 0),         E("td", 0),
    E("th", 0),       E("tbody", 0),      E("thead", 0),
    E("tfoot", 0),    E("head", 0),       E("body", 0),
    E("a", I),        E("abbr", I),       E("address", P),
    E("area", V),     E("article", P),    E("aside", P),
    E("b", I),        E("base", V),       E("bdi", I),
    E("bdo", I),      E("blockquote", P), E("br", V | I | ELEMENT_BREAK),
    E("button", I),   E("cite", I),       E("code", I),
    E("col", V),      E("data", I),       E("del", I),
    E("dfn", I),      E("div", P),        E("dl", P),
    E("em", I),       E("embed", V),      E("fieldset", P),
    E("figure", P),   E("font", I),       E("footer", P),
    E("form", P),     E("h1", P),         E("h2", P),
    E("h3", P),       E("h4", P),         E("h5", P),
    E("h6", P),       E("header", P),     E("hr", V | P),
    E("i", I),        E("img", V | I),    E("input", V | I),
    E("ins", I),      E("kbd", I),        E("label", I),
    E("link", V),     E("main", P),       E("mark", I),
    E("meta", V),     E("nav", P),        E("ol", P),
    E("param", V),    E("pre", R | P),    E("q", I),
    E("s", I),        E("samp", I),       E("script", R),
    E("section", P),  E("small", I),      E("source", V),
    E("span", I),     E("strong", I),     E("style", R),
    E("sub", I),      E("sup", I),        E("table", P),
    E("textarea", R), E("time", I),       E("track", V),
    E("tt", I),       E("u", I),          E("ul", P),
    E("var", I),      E("wbr", V | I),
#undef E
};

#define ELEMENTS   (sizeof elements / sizeof *elements)
#define FIRST_HASH 128 /* bytes for names that are not in the table */

bool markup_name_byte(char c, bool first) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (unsigned char)c >= 0x80)
    return true;
  return !first && c != '>' && c != '/' && c != '<' && c != '=' && c != '"' && (unsigned char)c > ' ';
}

size_t markup_name(struct slice s) {
  size_t n = 0;
  while (n < s.n && n < 64 && markup_name_byte(s.p[n], n == 0))
    n++;
  return n;
}

static uint32_t hash(struct slice name, bool html) {
  uint32_t h = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < name.n; i++) {
    unsigned char c = (unsigned char)name.p[i];
    if (html && c >= 'A' && c <= 'Z')
      c |= 0x20;
    h = (h ^ c) * 16777619u;
  }
  return h ^ h >> 16;
}

uint8_t element_id(struct slice name, bool html) {
  if (!html)
    return (uint8_t)(1 + hash(name, false) % 255);
  for (size_t i = 1; i < ELEMENTS && name.n; i++)
    if (elements[i].n == name.n && (*name.p | 0x20) == *elements[i].name &&
        slice_same_ascii(name.p, elements[i].name, name.n))
      return (uint8_t)i;
  return (uint8_t)(FIRST_HASH + hash(name, true) % (256 - FIRST_HASH));
}

unsigned element_nature(uint8_t id, bool html) {
  return html && id < ELEMENTS ? elements[id].nature : 0;
}

const char *element_name(uint8_t id) {
  return id < ELEMENTS ? elements[id].name : "";
}

#define BIT(id) (1u << (id))

bool element_ends(uint8_t open, uint8_t begins) {
  static const uint32_t ended[] = {
      [LI] = BIT(LI),
      [DT] = BIT(DT) | BIT(DD),
      [DD] = BIT(DT) | BIT(DD),
      [OPTION] = BIT(OPTION),
      [OPTGROUP] = BIT(OPTION) | BIT(OPTGROUP),
      [TR] = BIT(TR) | BIT(TD) | BIT(TH) | BIT(PARAGRAPH),
      [TD] = BIT(TD) | BIT(TH) | BIT(PARAGRAPH),
      [TH] = BIT(TD) | BIT(TH) | BIT(PARAGRAPH),
      [TBODY] = BIT(TR) | BIT(TD) | BIT(TH) | BIT(TBODY) | BIT(THEAD) | BIT(TFOOT) | BIT(PARAGRAPH),
      [THEAD] = BIT(TR) | BIT(TD) | BIT(TH) | BIT(TBODY) | BIT(THEAD) | BIT(TFOOT) | BIT(PARAGRAPH),
      [TFOOT] = BIT(TR) | BIT(TD) | BIT(TH) | BIT(TBODY) | BIT(THEAD) | BIT(TFOOT) | BIT(PARAGRAPH),
      [BODY] = BIT(HEAD),
  };
  uint32_t set = begins < sizeof ended / sizeof *ended ? ended[begins] : 0;
  if (element_nature(begins, true) & ELEMENT_CLOSES_P)
    set |= BIT(PARAGRAPH);
  return open <= BODY && set & BIT(open);
}

/* ---- short elements ---- */

/* Bytes of the tag at the front, which ends on its line and is not too long; 0: it does not. */
static size_t short_tag(struct slice s, bool *empty) {
  char quote = 0;
  for (size_t n = 1; n < s.n && n < TAG_MAX && s.p[n] != '\n'; n++) {
    char c = s.p[n];
    if (quote) {
      quote = c == quote ? 0 : quote;
      continue;
    }
    if (c == '"' || c == '\'')
      quote = c;
    if (c == '>') {
      *empty = s.p[n - 1] == '/';
      return n + 1;
    }
  }
  return 0;
}

/* Bytes of the end tag at the front, if it is that element's; 0: no. */
static size_t end_tag(struct slice s, uint8_t id, bool html) {
  if (s.n < 3 || s.p[0] != '<' || s.p[1] != '/')
    return 0;
  size_t n = markup_name(slice_from(s, 2));
  if (element_id(slice_sub(s, 2, n), html) != id)
    return 0;
  ptrdiff_t end = slice_find_byte(slice_sub(s, 2 + n, 8), '>');
  return end < 0 ? 0 : 2 + n + (size_t)end + 1;
}

static size_t cdata(struct slice s) {
  if (!slice_starts(s, SLICE("<![CDATA[")))
    return 0;
  ptrdiff_t end = slice_find(s, SLICE("]]>"));
  return end < 0 ? 0 : (size_t)end + 3;
}

struct nest {
  uint8_t id[NESTED];
  size_t n;
};

/* Within a short element: bytes of the tag at the front; 0: it does not belong into one. */
static size_t nested_tag(struct slice s, bool html, struct nest *nest) {
  bool empty = false;
  size_t n = end_tag(s, nest->id[nest->n - 1], html);
  if (n) {
    nest->n--;
    return n;
  }
  if (!html)
    return cdata(s);
  uint8_t id = element_id(slice_sub(s, 1, markup_name(slice_from(s, 1))), true);
  unsigned nature = element_nature(id, true);
  if (!(nature & ELEMENT_INLINE) || (n = short_tag(s, &empty)) == 0)
    return 0;
  if (nature & ELEMENT_VOID)
    return n;
  if (nest->n == NESTED)
    return 0;
  nest->id[nest->n++] = id;
  return n;
}

/* Of a raw element: the place of its end tag. */
static size_t short_raw(struct slice s, uint8_t id) {
  for (size_t n = 0; n < s.n && s.p[n] != '\n'; n++)
    if (s.p[n] == '<') {
      size_t end = end_tag(slice_from(s, n), id, true);
      if (end)
        return n + end;
    }
  return 0;
}

size_t markup_short(struct slice s, bool html) {
  struct nest nest = {.n = 1};
  bool empty = false;
  nest.id[0] = element_id(slice_sub(s, 1, markup_name(slice_from(s, 1))), html);
  unsigned nature = element_nature(nest.id[0], html);
  size_t tag = short_tag(s, &empty), n = 0;
  if (!tag || empty || nature & ELEMENT_VOID)
    return 0;
  struct slice text = slice_sub(s, tag, TEXT_MAX);
  if (nature & ELEMENT_RAW) {
    n = short_raw(text, nest.id[0]);
    return n ? tag + n : 0;
  }
  while (n < text.n && text.p[n] != '\n') {
    size_t used = text.p[n] == '<' ? nested_tag(slice_from(text, n), html, &nest) : 1;
    if (!used || memchr(text.p + n, '\n', used))
      return 0;
    n += used;
    if (!nest.n)
      return tag + n;
  }
  return 0;
}
