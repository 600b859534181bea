/*
 * A command line as rows show it: one line, and without the passwords that programs are commonly given there. Rows are saved
 * and shown to others. Known are the user of a URL ("http://ann:s3cret@..."), the words behind -u, -U, -x and their long
 * names (curl, wget), and credentials in header lines. What a program calls otherwise stands as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "weir/base/buf.h"
#include "weir/base/mem.h"

#include "io/process_parts.h"

static bool is_of_authority(char c) {
  return c != '/' && c != '?' && c != '#' && c != ' ' && c != '"' && c != '\'';
}

/* "ann:s3cret@host" as "ann:***@host"; how much was read. */
static size_t put_authority(struct slice s, struct buf *out) {
  size_t end = 0, at = 0;
  while (end < s.n && is_of_authority(s.p[end])) {
    at = s.p[end] == '@' ? end : at;
    end++;
  }
  ptrdiff_t colon = slice_find_byte(slice_sub(s, 0, at), ':');
  if (at && colon >= 0) {
    buf_add(out, s.p, (size_t)colon + 1);
    buf_add_text(out, "***");
    s = slice_sub(s, at, end - at);
    buf_add_slice(out, s);
  } else {
    buf_add(out, s.p, end);
  }
  return end;
}

static void put_urls(struct slice word, struct buf *out) {
  ptrdiff_t at;
  while ((at = slice_find(word, SLICE("://"))) >= 0) {
    buf_add(out, word.p, (size_t)at + 3);
    word = slice_from(word, (size_t)at + 3);
    word = slice_from(word, put_authority(word, out));
  }
  buf_add_slice(out, word);
}

/* "ann:s3cret" as "ann:***"; "1000:1000" is a user and a group. */
static void put_user(struct slice word, struct buf *out) {
  ptrdiff_t colon = slice_find_byte(word, ':');
  size_t digits = 0;
  while (digits < word.n && ((word.p[digits] >= '0' && word.p[digits] <= '9') || word.p[digits] == ':'))
    digits++;
  if (colon < 0 || digits == word.n) {
    put_urls(word, out);
    return;
  }
  buf_add(out, word.p, (size_t)colon + 1);
  buf_add_text(out, "***");
}

static bool put_credentials(struct slice word, struct buf *out) {
  static const char *const names[] = {"Authorization:", "Proxy-Authorization:"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (slice_starts_ascii(word, slice_of(names[i]))) {
      buf_add(out, word.p, strlen(names[i]));
      buf_add_text(out, " ***");
      return true;
    }
  return false;
}

enum wants { WANTS_NOTHING, WANTS_USER, WANTS_PROXY, WANTS_SECRET };

static const struct {
  const char *name;
  enum wants wants;
} options[] = {
    {"-u", WANTS_USER},
    {"-U", WANTS_USER},
    {"--user", WANTS_USER},
    {"--proxy-user", WANTS_USER},
    {"--auth", WANTS_USER},
    {"-x", WANTS_PROXY},
    {"--proxy", WANTS_PROXY},
    {"--preproxy", WANTS_PROXY},
    {"--password", WANTS_SECRET},
    {"--http-password", WANTS_SECRET},
    {"--proxy-password", WANTS_SECRET},
};

static void put_value(enum wants wants, struct slice value, struct buf *out) {
  if (wants == WANTS_USER)
    put_user(value, out);
  else if (wants == WANTS_SECRET)
    buf_add_text(out, "***");
  else if (slice_find(value, SLICE("://")) >= 0)
    put_urls(value, out);
  else
    buf_add_slice(out, slice_from(value, put_authority(value, out)));
}

/* What the word behind it is; the value of one that has it in itself ("--user=", "-uann:s3cret") is put at once. */
static enum wants put_word(struct slice word, struct buf *out) {
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    struct slice name = slice_of(options[i].name);
    bool is_long = name.n > 2;
    if (slice_eq(word, name)) {
      buf_add_slice(out, word);
      return options[i].wants;
    }
    if (!slice_starts(word, name) || (is_long && word.p[name.n] != '='))
      continue;
    buf_add(out, word.p, name.n + is_long);
    put_value(options[i].wants, slice_from(word, name.n + is_long), out);
    return WANTS_NOTHING;
  }
  if (!put_credentials(word, out))
    put_urls(word, out);
  return WANTS_NOTHING;
}

char *process_command(struct slice words) {
  struct buf line = BUF_INIT;
  struct slice word;
  enum wants wants = WANTS_NOTHING;
  while (words.n && (words.p[words.n - 1] == '\0' || words.p[words.n - 1] == ' '))
    words.n--;
  if (!words.n)
    return NULL;
  for (bool first = true; slice_split(&words, '\0', &word); first = false) {
    if (!first)
      buf_add_byte(&line, ' ');
    if (wants) {
      put_value(wants, word, &line);
      wants = WANTS_NOTHING;
    } else {
      wants = put_word(word, &line);
    }
  }
  char *text = mem_dup_n(line.p, line.n < PROCESS_COMMAND ? line.n : PROCESS_COMMAND);
  buf_clear(&line);
  return text;
}
