#include "shell_words.h"

struct reader {
  struct slice text;
  size_t at;
  struct shell_line *line;
  struct buf word;
  bool in_word; /* also an empty one: '' */
  struct err *err;
};

static int peek(const struct reader *r, size_t ahead) {
  return r->at + ahead < r->text.n ? (unsigned char)r->text.p[r->at + ahead] : -1;
}

static void put(struct reader *r, int c) {
  buf_add_byte(&r->word, (char)c);
  r->in_word = true;
}

/* ---- what ends a word ---- */

static struct shell_command *last_command(struct reader *r) {
  return &r->line->command.v[r->line->command.n - 1];
}

static bool end_word(struct reader *r) {
  if (!r->in_word)
    return true;
  if (++r->line->words > SHELL_WORDS_MAX)
    return err_set(r->err, "that are more words than a command has");
  VEC_PUSH(&last_command(r)->word, r->word);
  r->word = (struct buf)BUF_INIT;
  r->in_word = false;
  return true;
}

static void begin_command(struct reader *r) {
  struct shell_command none = {{NULL, 0, 0}};
  if (r->line->command.n == 0 || last_command(r)->word.n > 0)
    VEC_PUSH(&r->line->command, none);
}

/* ---- quotes ---- */

static size_t line_end_at(const struct reader *r, size_t ahead) {
  if (peek(r, ahead) == '\n')
    return 1;
  return peek(r, ahead) == '\r' && peek(r, ahead + 1) == '\n' ? 2 : 0;
}

static bool single_quoted(struct reader *r) {
  size_t begin = r->at++;
  r->in_word = true;
  while (peek(r, 0) >= 0 && peek(r, 0) != '\'')
    put(r, (unsigned char)r->text.p[r->at++]);
  if (peek(r, 0) < 0)
    return err_set_at(r->err, begin, 1, "a ' is not closed");
  r->at++;
  return true;
}

static bool double_quoted(struct reader *r) {
  size_t begin = r->at++;
  r->in_word = true;
  while (peek(r, 0) >= 0 && peek(r, 0) != '"') {
    int c = peek(r, 0), next = peek(r, 1);
    if (c == '\\' && line_end_at(r, 1) > 0) {
      r->at += 1 + line_end_at(r, 1);
    } else if (c == '\\' && next > 0 && strchr("\"\\$`", next) != NULL) {
      put(r, next);
      r->at += 2;
    } else {
      r->line->variable |= c == '`' || (c == '$' && next > 0 && next != '"' && next != ' ');
      put(r, c);
      r->at++;
    }
  }
  if (peek(r, 0) < 0)
    return err_set_at(r->err, begin, 1, "a \" is not closed");
  r->at++;
  return true;
}

static int digit_of(int c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static uint32_t number(struct reader *r, int base, int most) {
  uint32_t n = 0;
  for (int i = 0; i < most && digit_of(peek(r, 0)) < base; i++)
    n = n * (uint32_t)base + (uint32_t)digit_of(peek(r, 0)), r->at++;
  return n;
}

static void put_utf8(struct reader *r, uint32_t c) {
  if (c < 0x80) {
    put(r, (int)c);
    return;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  put(r, lead[more] | (int)((c >> (6 * more)) & 0x3f));
  while (more-- > 0)
    put(r, 0x80 | (int)((c >> (6 * more)) & 0x3f));
}

/* Within $'..', behind the backslash. */
static void escape(struct reader *r) {
  static const char from[] = "abefnrtvE", to[] = "\a\b\033\f\n\r\t\v\033";
  int c = peek(r, 0);
  const char *known = c > 0 ? strchr(from, c) : NULL;
  if (c >= '0' && c <= '7') {
    put(r, (int)(number(r, 8, 3) & 0xff));
    return;
  }
  r->at++;
  if (known != NULL) {
    put(r, (unsigned char)to[known - from]);
  } else if ((c == 'x' || c == 'u' || c == 'U') && digit_of(peek(r, 0)) < 16) {
    uint32_t n = number(r, 16, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    if (c == 'x')
      put(r, (int)n);
    else
      put_utf8(r, n <= 0x10ffff ? n : 0xfffd);
  } else if (c == 'c' && peek(r, 0) >= 0) {
    put(r, peek(r, 0) & 0x1f), r->at++;
  } else if (c > 0 && strchr("\\'\"?", c) != NULL) {
    put(r, c);
  } else {
    put(r, '\\');
    if (c >= 0)
      put(r, c);
  }
}

static bool ansi_quoted(struct reader *r) {
  size_t begin = r->at;
  r->at += 2;
  r->in_word = true;
  while (peek(r, 0) >= 0 && peek(r, 0) != '\'') {
    int c = peek(r, 0);
    r->at++;
    if (c == '\\' && peek(r, 0) >= 0)
      escape(r);
    else
      put(r, c);
  }
  if (peek(r, 0) < 0)
    return err_set_at(r->err, begin, 2, "a $' is not closed");
  r->at++;
  return true;
}

/* ---- the line ---- */

static void skip_redirect(struct reader *r) {
  r->line->redirects = true;
  while (peek(r, 0) > 0 && strchr("<>&|", peek(r, 0)) != NULL)
    r->at++;
  while (peek(r, 0) == ' ' || peek(r, 0) == '\t')
    r->at++;
  while (peek(r, 0) > 0 && strchr(" \t\r\n;&|<>", peek(r, 0)) == NULL)
    r->at++;
}

/* "2>file": the digits belong to the redirection. */
static bool is_descriptor(const struct reader *r) {
  for (size_t i = 0; i < r->word.n; i++)
    if (r->word.p[i] < '0' || r->word.p[i] > '9')
      return false;
  return r->word.n > 0;
}

static bool quoted_or_plain(struct reader *r, int c) {
  if (c == '\'')
    return single_quoted(r);
  if (c == '"')
    return double_quoted(r);
  if (c == '$' && peek(r, 1) == '\'')
    return ansi_quoted(r);
  if (c == '$' && peek(r, 1) == '"') {
    r->at++;
    return double_quoted(r);
  }
  if (c == '\\') {
    if (line_end_at(r, 1) > 0) {
      r->at += 1 + line_end_at(r, 1);
      return true;
    }
    r->at++;
    if (peek(r, 0) < 0) /* a backslash at the very end: a line that would have gone on */
      return true;
    c = peek(r, 0);
  } else {
    r->line->variable |= c == '`' || (c == '$' && peek(r, 1) > ' ');
  }
  put(r, c);
  r->at++;
  return true;
}

/* One step; *end: the pipeline is whole. */
static bool step(struct reader *r, bool *end) {
  int c = peek(r, 0);
  if (c == ' ' || c == '\t' || (c == '\r' && line_end_at(r, 0) > 0)) {
    r->at++;
    return end_word(r);
  }
  if (c == '#' && !r->in_word) {
    while (peek(r, 0) >= 0 && peek(r, 0) != '\n')
      r->at++;
    return true;
  }
  if (c == '\n' || c == ';' || c == '&' || (c == '|' && peek(r, 1) == '|')) {
    bool ok = end_word(r);
    bool piped = last_command(r)->word.n == 0; /* a line may end behind a | */
    r->at++;
    *end = !(c == '\n' && piped);
    return ok;
  }
  if (c == '|') {
    bool ok = end_word(r);
    r->at++;
    begin_command(r);
    return ok;
  }
  if (c == '<' || c == '>') {
    if (is_descriptor(r))
      buf_reset(&r->word), r->in_word = false;
    bool ok = end_word(r);
    skip_redirect(r);
    return ok;
  }
  return quoted_or_plain(r, c);
}

bool shell_line_parse(struct slice text, struct shell_line *line, struct err *err) {
  struct reader r = {.text = text, .line = line, .err = err};
  bool end = false, ok = true;
  memset(line, 0, sizeof *line);
  begin_command(&r);
  while (ok && !end && r.at < text.n)
    ok = step(&r, &end);
  ok = ok && end_word(&r);
  buf_clear(&r.word);
  line->n = r.at;
  if (line->command.n > 0 && last_command(&r)->word.n == 0) {
    VEC_CLEAR(&last_command(&r)->word);
    line->command.n--;
  }
  if (ok && line->command.n == 0)
    ok = err_set(err, "there is no command in it");
  if (!ok)
    shell_line_clear(line);
  return ok;
}

void shell_line_clear(struct shell_line *line) {
  for (size_t i = 0; i < line->command.n; i++) {
    for (size_t k = 0; k < line->command.v[i].word.n; k++)
      buf_clear(&line->command.v[i].word.v[k]);
    VEC_CLEAR(&line->command.v[i].word);
  }
  VEC_CLEAR(&line->command);
}
