/* One process, by its folder in /proc: proc(5). */
#include "weir/io/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/process_parts.h"
#include "weir/base/vec.h"

#define COMM_CUT        15 /* the kernel keeps so many bytes of a name */
#define ANCESTORS_MAX   64
#define ENVIRONMENT_MAX ((size_t)256 << 10)

struct process *process_ref(struct process *p) {
  if (p)
    p->refs++;
  return p;
}

void process_unref(struct process *p) {
  if (!p || --p->refs > 0)
    return;
  free(p->name);
  free(p->command);
  free(p);
}

/* ---- reading ---- */

/* At most `size` - 1 bytes, a NUL behind them. 0: nothing, or not to be read. */
static size_t read_path(const char *path, char *out, size_t size) {
  size_t got = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && got + 1 < size) {
    ssize_t n = read(fd, out + got, size - 1 - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    got += (size_t)n;
  }
  if (fd >= 0)
    close(fd);
  out[got] = '\0';
  return got;
}

static size_t read_file(pid_t pid, const char *name, char *out, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  return read_path(path, out, size);
}

struct stat_line {
  struct slice comm;
  uint64_t parent, started;
};

/* "4711 (a name) S 1 ...": the name may hold anything, ")" too, so what follows is counted from the last one. The state
 * is the third field, the parent the fourth, the start the 22nd. */
static bool stat_parse(struct slice text, struct stat_line *out) {
  ptrdiff_t open = slice_find_byte(text, '(');
  size_t close = text.n;
  while (close > 0 && text.p[close - 1] != ')')
    close--;
  if (open < 0 || close <= (size_t)open + 1)
    return false;
  out->comm = slice_sub(text, (size_t)open + 1, close - (size_t)open - 2);
  struct slice rest = slice_trim(slice_from(text, close)), part;
  for (unsigned field = 3; field <= 22 && slice_split(&rest, ' ', &part); field++) {
    if (field == 4 && !slice_to_u64(part, &out->parent))
      return false;
    if (field == 22)
      return slice_to_u64(part, &out->started);
  }
  return false;
}

static bool read_stat(pid_t pid, char *text, size_t size, struct stat_line *out) {
  size_t n = read_file(pid, "stat", text, size);
  return n && stat_parse(slice_make(text, n), out);
}

/* ---- its name ---- */

static struct slice base_name(struct slice path) {
  size_t at = path.n;
  while (at > 0 && path.p[at - 1] != '/')
    at--;
  return slice_from(path, at);
}

static struct slice until(struct slice text, char byte) {
  ptrdiff_t at = slice_find_byte(text, byte);
  return at < 0 ? text : slice_sub(text, 0, (size_t)at);
}

/* The program of a command line. Some processes (Chromium's) write theirs anew as one string with blanks: only its first
 * word is the program then, unless `file`, which is run, has the blank in its name. */
static struct slice program_of(struct slice words, struct slice file) {
  while (words.n && words.p[words.n - 1] == '\0')
    words.n--;
  struct slice word = until(words, '\0'), base = base_name(file);
  if (file.n && slice_starts(word, file) && (word.n == file.n || word.p[file.n] == ' '))
    return base;
  if (word.n < words.n || (base.n && slice_eq(base_name(word), base)))
    return base_name(word);
  return base_name(until(word, ' '));
}

/* The kernel's name is that of the main thread, which some runtimes give another ("MainThread"), and is cut. The words of
 * the command line are what a person typed; a script's interpreter stands before its own. */
static struct slice choose_name(struct slice comm, struct slice words, struct slice file) {
  struct slice word, first = program_of(words, file);
  for (int i = 0; i < 2 && slice_split(&words, '\0', &word); i++) {
    struct slice base = i == 0 ? first : base_name(word);
    if (comm.n && slice_starts(base, comm))
      return comm.n < COMM_CUT ? comm : base;
  }
  first = until(first, ' ');
  /* A shell that was started for a login is "-bash". */
  if (!first.n || (first.p[0] == '-' && slice_starts(slice_from(first, 1), comm)))
    return comm;
  return first;
}

/* What is run, by its path; empty: another user's, or a thread of the kernel. */
static struct slice read_program(pid_t pid, char *out, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
  ssize_t n = readlink(path, out, size);
  return slice_make(out, n > 0 && (size_t)n < size ? (size_t)n : 0);
}

/* ---- whose child it is ---- */

static bool is_below(pid_t pid, pid_t root) {
  char text[1024];
  struct stat_line line;
  for (unsigned i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
    if (pid == root)
      return true;
    if (!read_stat(pid, text, sizeof text, &line))
      return false;
    pid = (pid_t)line.parent;
  }
  return false;
}

static bool has_variable(pid_t pid, const char *variable) {
  char *text = mem_try(ENVIRONMENT_MAX);
  struct slice want = slice_of(variable), one;
  bool found = false;
  if (!text)
    return false;
  struct slice rest = slice_make(text, read_file(pid, "environ", text, ENVIRONMENT_MAX));
  while (!found && slice_split(&rest, '\0', &one))
    found = slice_eq(one, want);
  free(text);
  return found;
}

/* ---- outside ---- */

struct process *process_read(pid_t pid, const struct process_mark *mark) {
  char text[1024], words[PROCESS_COMMAND + 256], program[1024];
  struct stat_line line;
  if (!read_stat(pid, text, sizeof text, &line))
    return NULL;
  struct slice said = slice_make(words, read_file(pid, "cmdline", words, sizeof words));
  struct slice file = slice_find_byte(said, ' ') < 0 ? slice_make(NULL, 0) : read_program(pid, program, sizeof program);
  struct slice name = slice_sub(choose_name(line.comm, said, file), 0, PROCESS_NAME);
  struct process *p = mem_zero(1, sizeof *p);
  p->refs = 1;
  p->pid = pid;
  p->started = line.started;
  p->name = mem_dup_n(name.p, name.n);
  p->command = process_command(said);
  p->cost = mem_cost(p) + mem_cost(p->name) + mem_cost(p->command);
  p->followed =
      (mark->pid > 0 && is_below(pid, mark->pid)) || (mark->variable != NULL && has_variable(pid, mark->variable));
  return p;
}

bool process_is_same(const struct process *p) {
  char text[1024], words[PROCESS_COMMAND + 256];
  struct stat_line line;
  if (!read_stat(p->pid, text, sizeof text, &line) || line.started != p->started)
    return false;
  char *now = process_command(slice_make(words, read_file(p->pid, "cmdline", words, sizeof words)));
  bool same = slice_eq(slice_of(now), slice_of(p->command));
  free(now);
  return same;
}

bool process_number(const char *text, uint64_t *number) {
  return slice_to_u64(slice_of(text), number);
}

/* The last field of /proc/loadavg is the number that was given last; 0: not to be known. */
static pid_t last_given(void) {
  char text[128];
  uint64_t number = 0;
  size_t n = read_path("/proc/loadavg", text, sizeof text);
  while (n && (text[n - 1] == '\n' || text[n - 1] == ' '))
    n--;
  size_t from = n;
  while (from && text[from - 1] != ' ')
    from--;
  return slice_to_u64(slice_make(text + from, n - from), &number) ? (pid_t)number : 0;
}

static int by_number(const void *a, const void *b) {
  pid_t x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return (x < y) - (x > y);
}

void process_order(pid_t *pids, size_t n, pid_t last) {
  size_t older = 0;
  if (!n)
    return;
  qsort(pids, n, sizeof *pids, by_number);
  while (last > 0 && older < n && pids[older] > last)
    older++;
  if (!older || older == n)
    return;
  pid_t *copy = mem_alloc(older * sizeof *copy);
  memcpy(copy, pids, older * sizeof *copy);
  memmove(pids, pids + older, (n - older) * sizeof *pids);
  memcpy(pids + (n - older), copy, older * sizeof *copy);
  free(copy);
}

size_t process_list(pid_t **pids) {
  VEC(pid_t) list = {0};
  DIR *folder = opendir("/proc");
  const struct dirent *entry;
  uint64_t number;
  while (folder && (entry = readdir(folder)) != NULL)
    if (process_number(entry->d_name, &number))
      VEC_PUSH(&list, (pid_t)number);
  if (folder)
    closedir(folder);
  process_order(list.v, list.n, last_given());
  *pids = list.v;
  return list.n;
}

uint64_t process_fd_inode(int folder, const char *fd) {
  char target[64];
  uint64_t inode;
  ssize_t n = readlinkat(folder, fd, target, sizeof target);
  struct slice text = slice_make(target, n > 0 ? (size_t)n : 0);
  if (!slice_starts(text, SLICE("socket:[")) || !slice_ends(text, SLICE("]")))
    return 0;
  return slice_to_u64(slice_sub(text, 8, text.n - 9), &inode) ? inode : 0;
}
