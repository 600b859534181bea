/*
 * Shell quoting is believed only when a real shell agrees: words go through `sh -c` and `bash -c` and come back
 * NUL-terminated, to be compared byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/base/text.h"

static void quotes(struct slice in, const char *want) {
  struct buf out = BUF_INIT;
  text_shell_quote(&out, in, NULL);
  assert_string_equal(buf_text(&out), want);
  buf_clear(&out);
}

static void readable_words(void **state) {
  (void)state;
  quotes(SLICE(""), "''");
  quotes(SLICE("a b;$(rm)`x`\"&|#~!*"), "'a b;$(rm)`x`\"&|#~!*'");
  quotes(SLICE("it's"), "'it'\\''s'");
  quotes(SLICE("back\\slash"), "'back\\slash'");
  quotes(SLICE("caf\xc3\xa9 山"), "'caf\xc3\xa9 山'");
}

static void words_that_need_escapes(void **state) {
  (void)state;
  quotes(SLICE("a\nb\r\t"), "$'a\\nb\\r\\t'");
  quotes(SLICE("\x1b[2J"), "$'\\033[2J'");
  quotes(SLICE("it's\\ok!\n"), "$'it\\047s\\\\ok\\041\\n'");
  quotes(SLICE("\xe2\x80\xae"
               "1"),
         "$'\\342\\200\\2561'"); /* the digit behind is no part of the escape */
  quotes(SLICE("\x9b"), "$'\\233'");
}

static void nul_is_lost_and_said(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  bool lost = false;
  text_shell_quote(&out, SLICE("ab"), &lost);
  assert_false(lost);
  text_shell_quote(&out, SLICE("a\0b"), &lost);
  assert_true(lost);
  text_shell_quote(&out, SLICE("ab"), &lost);
  assert_true(lost); /* one flag serves a whole command line */
  assert_string_equal(buf_text(&out), "'ab''ab''ab'");
  buf_clear(&out);
}

/* ---- against real shells ---- */

#define WORDS 150

struct word {
  char bytes[48];
  size_t n;
};

static uint32_t next_random(uint32_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return *seed;
}

/* Bytes that have hurt somebody, whole pieces of them, and any byte at all. */
static void make_word(struct word *word, uint32_t *seed, bool readable) {
  static const char *const nasty[] = {"'", "\\", "!", "\"", "$(", "`",  "$'", "''", "\\'",
                                      "~", "*",  "-", " ",  "%",  "山", "é",  "a7"};
  static const char *const worse[] = {"\n",   "\x1b",     "\x7f", "\xc2\x9b", "\xe2\x80\xae",
                                      "\xff", "\xe5\xb1", "\t",   "\r",       "\x01"};
  size_t pieces = next_random(seed) % 12;
  word->n = 0;
  for (size_t i = 0; i < pieces; i++) {
    char any[2] = {(char)(1 + next_random(seed) % 255), 0};
    const char *piece = nasty[next_random(seed) % (sizeof nasty / sizeof *nasty)];
    uint32_t choice = next_random(seed) % 3;
    if (!readable && choice == 1)
      piece = worse[next_random(seed) % (sizeof worse / sizeof *worse)];
    if (!readable && choice == 2)
      piece = any;
    memcpy(word->bytes + word->n, piece, strlen(piece));
    word->n += strlen(piece);
  }
}

/* Runs `shell -c command`; its output goes to *out. */
static int run_shell(const char *shell, const char *command, struct buf *out) {
  int end[2];
  assert_int_equal(pipe(end), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(end[1], STDOUT_FILENO);
    close(end[0]);
    close(end[1]);
    execlp(shell, shell, "-c", command, (char *)NULL);
    _exit(127);
  }
  close(end[1]);
  for (;;) {
    ssize_t n = read(end[0], buf_reserve(out, 4096), 4096);
    if (n <= 0)
      break;
    out->n += (size_t)n;
  }
  close(end[0]);
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void survives(const char *shell, bool readable, uint32_t seed) {
  struct word word[WORDS];
  struct buf command = BUF_INIT;
  struct buf out = BUF_INIT;
  buf_add_text(&command, "printf '%s\\000'");
  for (size_t i = 0; i < WORDS; i++) {
    make_word(&word[i], &seed, readable);
    buf_add_byte(&command, ' ');
    size_t before = command.n;
    text_shell_quote(&command, slice_make(word[i].bytes, word[i].n), NULL);
    /* and a person can read it: one line, nothing that a terminal would obey */
    struct buf safe = BUF_INIT;
    text_safe(&safe, slice_from(buf_slice(&command), before), TEXT_PLAIN);
    assert_string_equal(buf_text(&safe), command.p + before);
    buf_clear(&safe);
  }
  int status = run_shell(shell, buf_text(&command), &out);
  if (status == 127) {
    buf_clear(&command);
    buf_clear(&out);
    skip();
  }
  assert_int_equal(status, 0);
  struct slice rest = buf_slice(&out);
  for (size_t i = 0; i < WORDS; i++) {
    struct slice got;
    assert_true(slice_split(&rest, 0, &got));
    assert_int_equal(got.n, word[i].n);
    assert_memory_equal(got.p, word[i].bytes, got.n);
  }
  assert_int_equal(rest.n, 0);
  buf_clear(&command);
  buf_clear(&out);
}

static void bash_agrees(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 8; seed++)
    survives("bash", false, seed * 2654435761u);
}

/* A shell of the first POSIX need not know $'..': it gets the words that do without. */
static void sh_agrees(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 8; seed++)
    survives("sh", true, seed * 40503u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(readable_words),
      cmocka_unit_test(words_that_need_escapes),
      cmocka_unit_test(nul_is_lost_and_said),
      cmocka_unit_test(bash_agrees),
      cmocka_unit_test(sh_agrees),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
