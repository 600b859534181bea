#include "cmd_words.h"

static bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes of the line end at that place; 0: there is none. */
static size_t line_end(struct slice text, size_t at) {
  if (at < text.n && text.p[at] == '\n')
    return 1;
  return at + 1 < text.n && text.p[at] == '\r' && text.p[at + 1] == '\n' ? 2 : 0;
}

/* A caret before a quote, or at the end of a line: in what shells read neither stands outside of single quotes. */
bool cmd_line_is(struct slice text) {
  bool single = false;
  for (size_t i = 1; i + 1 < text.n; i++) {
    if (text.p[i] == '\'')
      single = !single;
    bool blank = text.p[i - 1] == ' ' || text.p[i - 1] == '\t';
    if (!single && blank && text.p[i] == '^' && (text.p[i + 1] == '"' || line_end(text, i + 1) > 0))
      return true;
  }
  return false;
}

/*
 * Carets out. Where browsers quote by a plain " they still write a caret before what is special, so within quotes only one
 * before a letter or a digit stays, but for %^NAME, which keeps a variable from being put in. Returns how much was read.
 */
static size_t without_carets(struct slice text, struct buf *out) {
  bool quoted = false;
  size_t i = 0;
  while (i < text.n) {
    char c = text.p[i];
    bool stays = quoted && i + 1 < text.n && is_letter_or_digit(text.p[i + 1]) && !(i > 0 && text.p[i - 1] == '%');
    if (c == '^' && !stays) {
      i += 1 + line_end(text, i + 1); /* what follows a line end is escaped too */
      size_t end = line_end(text, i);
      if (end > 0 || i < text.n)
        buf_add_byte(out, end > 0 ? '\n' : text.p[i]);
      i += end > 0 ? end : 1;
      continue;
    }
    if (!quoted && (c == '&' || c == '|' || line_end(text, i) > 0))
      break;
    quoted ^= c == '"';
    buf_add_byte(out, c);
    i++;
  }
  return i < text.n ? i : text.n;
}

static struct shell_command *command_of(struct shell_line *line) {
  return &line->command.v[0];
}

/* Backslashes count only before a quote: half of them stay, and an odd one makes the quote a letter. */
static bool take_word(struct slice s, size_t *at, struct buf *word) {
  bool quoted = false;
  size_t i = *at;
  for (; i < s.n && (quoted || strchr(" \t\r\n", s.p[i]) == NULL || s.p[i] == '\0'); i++) {
    size_t slashes = 0;
    while (i + slashes < s.n && s.p[i + slashes] == '\\')
      slashes++;
    bool before_quote = i + slashes < s.n && s.p[i + slashes] == '"';
    for (size_t k = 0; k < (before_quote ? slashes / 2 : slashes); k++)
      buf_add_byte(word, '\\');
    i += slashes;
    if (!before_quote) {
      if (slashes > 0)
        i--;
      else
        buf_add_byte(word, s.p[i]);
    } else if (slashes % 2 == 1) {
      buf_add_byte(word, '"');
    } else if (quoted && i + 1 < s.n && s.p[i + 1] == '"') {
      buf_add_byte(word, '"');
      i++;
    } else {
      quoted = !quoted;
    }
  }
  *at = i;
  return !quoted;
}

static bool take_words(struct slice s, struct shell_line *line, struct err *err) {
  for (size_t at = 0; at < s.n;) {
    struct buf word = BUF_INIT;
    if (strchr(" \t\r\n", s.p[at]) != NULL && s.p[at] != '\0') {
      at++;
      continue;
    }
    bool closed = take_word(s, &at, &word);
    VEC_PUSH(&command_of(line)->word, word);
    if (!closed)
      return err_set(err, "a \" is not closed");
    if (++line->words > SHELL_WORDS_MAX)
      return err_set(err, "that are more words than a command has");
  }
  return line->words > 0 || err_set(err, "there is no command in it");
}

bool cmd_line_parse(struct slice text, struct shell_line *line, struct err *err) {
  struct shell_command none = {{NULL, 0, 0}};
  struct buf plain = BUF_INIT;
  memset(line, 0, sizeof *line);
  VEC_PUSH(&line->command, none);
  line->n = without_carets(text, &plain);
  bool ok = take_words(buf_slice(&plain), line, err);
  buf_clear(&plain);
  if (!ok)
    shell_line_clear(line);
  return ok;
}
