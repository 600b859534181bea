#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_to_end(int fd, struct buf *out) {
  for (;;) {
    char piece[4096];
    ssize_t n = read(fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return;
    if (out && out->n + (size_t)n <= PROGRAM_OUTPUT_MAX)
      buf_add(out, piece, (size_t)n);
  }
}

static int start(const char *const *argv, int output, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  int code = posix_spawn_file_actions_init(&actions);
  if (code)
    return code;
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  code = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

int program_run(const char *const *argv, struct buf *out) {
  int ends[2], status = 0;
  pid_t pid;
  if (pipe2(ends, O_CLOEXEC) < 0)
    return -1;
  int code = start(argv, ends[1], &pid);
  close(ends[1]);
  if (!code) {
    read_to_end(ends[0], out);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
      ;
  }
  close(ends[0]);
  if (code) {
    errno = code;
    return -1;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static char *look_in(const char *root, struct slice folder, const char *name) {
  struct buf path = BUF_INIT;
  buf_add_text(&path, root);
  buf_add_slice(&path, folder);
  buf_printf(&path, "/%s", name);
  if (access(path.p, X_OK) == 0)
    return buf_take(&path);
  buf_clear(&path);
  return NULL;
}

char *program_find(const char *root, const char *name) {
  const char *own = *root ? NULL : getenv("PATH");
  struct slice lists[] = {slice_of(own), SLICE("/usr/sbin:/usr/bin:/sbin:/bin")};
  char *found = NULL;
  for (size_t i = 0; i < 2; i++) {
    struct slice folder;
    while (!found && slice_split(&lists[i], ':', &folder))
      if (folder.n && folder.p[0] == '/')
        found = look_in(root, folder, name);
  }
  return found;
}
