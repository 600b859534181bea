#include "ui/external.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/private_file.h"
#include "weir/base/vec.h"
#include "weir/io/child.h"
#include "weir/io/pty_child.h"

struct external {
  struct loop *loop;
  struct terminal *terminal;
  struct external_user user;
  struct child *child;   /* that has weir's terminal */
  struct pty_child *pty; /* or one of its own */
  struct private_file file;
  char *name;
  char *given; /* what the file held at first */
  size_t given_n;
  size_t max;
  bool on_tty;
  bool away;
};

static void external_free(void *what) {
  struct external *x = what;
  private_file_remove(&x->file);
  free(x->name);
  free(x->given);
  free(x);
}

/* An editor ends the last line of what it saves. A body that had no newline at its end did not ask for one. */
static struct slice without_added_newline(const struct external *x, struct slice s) {
  bool had = x->given_n > 0 && x->given[x->given_n - 1] == '\n';
  if (!had && x->given_n > 0 && s.n > 0 && s.p[s.n - 1] == '\n')
    s.n--;
  return s;
}

static bool say_end(const struct external *x, int status, bool changed, struct buf *said) {
  const char *saved = changed ? "what it had saved is here" : "the text is as it was";
  if (WIFSIGNALED(status)) {
    buf_printf(said, "%s was ended by signal %d (%s); %s", x->name, WTERMSIG(status), strsignal(WTERMSIG(status)),
               saved);
  } else if (WEXITSTATUS(status)) {
    buf_printf(said, "%s ended with status %d; %s", x->name, WEXITSTATUS(status), saved);
  } else if (!changed) {
    buf_printf(said, "nothing was changed in %s", x->name);
  } else {
    buf_printf(said, "changed in %s", x->name);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void ended(struct external *x, int status) {
  struct buf text = BUF_INIT, said = BUF_INIT;
  struct err err = ERR_INIT;
  struct external_result result = {.text = slice_make(x->given, x->given_n)};
  bool lent = x->child && !x->away;
  x->child = NULL;
  x->pty = NULL;
  if (lent)
    x->terminal->ops->lend(x->terminal, false);
  if (private_file_read(&x->file, x->max, &text, &err)) {
    struct slice now = without_added_newline(x, buf_slice(&text));
    result.changed = !slice_eq(now, result.text);
    result.text = now;
    result.well = say_end(x, status, result.changed, &said);
  } else {
    buf_printf(&said, "%s left nothing that can be read (%s); the text is as it was", x->name, err.text);
  }
  result.said = buf_text(&said);
  private_file_remove(&x->file);
  x->user.done(x->user.arg, &result);
  buf_clear(&text);
  buf_clear(&said);
  loop_bury(x->loop, external_free, x);
}

static void on_child(void *arg, struct child *child, int status) {
  struct external *x = arg;
  (void)child;
  if (!WIFSTOPPED(status)) {
    ended(x, status);
  } else if (!x->away) {
    x->away = true;
    x->terminal->ops->lend(x->terminal, false);
    x->user.away(x->user.arg);
  }
}

static void on_output(void *arg, struct slice bytes) {
  const struct external *x = arg;
  x->user.output(x->user.arg, bytes);
}

static void on_stopped(void *arg) {
  struct external *x = arg;
  x->away = true;
  x->user.away(x->user.arg);
}

static void on_ended(void *arg, int status) {
  ended(arg, status);
}

static bool on_path(const char *name) {
  const char *path = getenv("PATH");
  struct slice rest = slice_of(path ? path : "/usr/bin:/bin"), directory;
  bool found = false;
  while (!found && slice_split(&rest, ':', &directory)) {
    struct buf file = BUF_INIT;
    buf_add_slice(&file, directory);
    buf_printf(&file, "/%s", name);
    found = access(buf_text(&file), X_OK) == 0;
    buf_clear(&file);
  }
  return found;
}

/* What would be run: "vim -f"; NULL: nothing is set, and none of the usual ones is here. */
static const char *external_command(void) {
  static const char *const usual[] = {"editor", "nano", "vi"};
  const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");
  if ((visual && *visual) || (editor && *editor))
    return visual && *visual ? visual : editor;
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    if (on_path(usual[i]))
      return usual[i];
  return NULL;
}

/* The editor's words and the file; NULL with a sentence. */
static char **command_words(struct external *x, struct err *err) {
  const char *line = external_command();
  if (!line) {
    err_set(err, "no editor is set: weir takes $VISUAL, then $EDITOR, then editor, nano or vi, which are not here");
    return NULL;
  }
  char **words = child_split(line, err);
  if (words) {
    const char *slash = strrchr(words[0], '/');
    x->name = mem_dup(slash && slash[1] ? slash + 1 : words[0]);
  }
  return words;
}

static bool start_child(struct external *x, char **words, const struct external_options *options, struct err *err) {
  VEC(const char *) argv = {0};
  for (char **word = words; *word; word++)
    VEC_PUSH(&argv, *word);
  VEC_PUSH(&argv, x->file.path);
  VEC_PUSH(&argv, NULL);
  if (options->embed) {
    struct pty_child_options o = {
        .argv = argv.v, .env = options->env, .width = options->width, .height = options->height};
    x->pty = pty_child_start(x->loop, &o, (struct pty_child_user){on_output, on_stopped, on_ended, x}, err);
    VEC_CLEAR(&argv);
    return x->pty != NULL;
  }
  struct child_options o = {
      .argv = argv.v, .env = options->env, .fd = {-1, -1, -1}, .own_group = true, .foreground_tty = -1};
  if (x->on_tty) { /* weir's own stderr may lead to its log */
    o.fd[0] = o.foreground_tty = STDIN_FILENO;
    o.fd[1] = o.fd[2] = STDOUT_FILENO;
  }
  x->child = child_start(x->loop, &o, on_child, x, err);
  VEC_CLEAR(&argv);
  return x->child != NULL;
}

struct external *external_start(struct loop *loop, struct terminal *t, const struct external_options *options,
                                struct external_user user, struct err *err) {
  struct external *x = mem_zero(1, sizeof *x);
  *x = (struct external){.loop = loop, .terminal = t, .user = user, .on_tty = options->on_tty, .max = options->max};
  char **words = command_words(x, err);
  bool ok = words && private_file_make(&x->file, options->name, options->text, err);
  if (ok) {
    x->given = mem_dup_n(options->text.n ? options->text.p : "", options->text.n);
    x->given_n = options->text.n;
    if (!options->embed)
      t->ops->lend(t, true);
    ok = start_child(x, words, options, err);
    if (!ok && !options->embed)
      t->ops->lend(t, false);
  }
  child_split_free(words);
  if (!ok) {
    external_free(x);
    return NULL;
  }
  return x;
}

bool external_away(const struct external *x) {
  return x->away;
}
const char *external_name(const struct external *x) {
  return x->name;
}

void external_return(struct external *x) {
  if (!x->away)
    return;
  x->away = false;
  if (x->pty) {
    pty_child_continue(x->pty);
    return;
  }
  x->terminal->ops->lend(x->terminal, true);
  if (x->on_tty)
    tcsetpgrp(STDIN_FILENO, child_pid(x->child)); /* weir has it now, so it may give it away */
  child_signal(x->child, SIGCONT);
}

void external_write(struct external *x, struct slice bytes) {
  if (x->pty)
    pty_child_write(x->pty, bytes);
}

size_t external_waiting(const struct external *x) {
  return x->pty ? pty_child_waiting(x->pty) : 0;
}

void external_resize(struct external *x, int width, int height) {
  if (x->pty)
    pty_child_resize(x->pty, width, height);
}

static void end_lent(struct external *x) {
  child_forget(x->child);
  child_signal(x->child, SIGHUP);
  child_signal(x->child, SIGCONT); /* a stopped one hears nothing */
  x->child = NULL;
  if (!x->away)
    x->terminal->ops->lend(x->terminal, false);
}

void external_end(struct external *x, bool now) {
  if (!x || (!x->child && !x->pty))
    return;
  if (x->pty) {
    pty_child_end(x->pty, now);
    x->pty = NULL;
  } else {
    end_lent(x);
  }
  loop_bury(x->loop, external_free, x);
}
