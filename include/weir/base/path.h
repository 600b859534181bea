/*
 * Where files live: XDG base directories, or everything under one --confdir. Directories are made 0700 and
 * files 0600 from the first byte (created so, never chmod'ed after).
 */
#ifndef WEIR_BASE_PATH_H
#define WEIR_BASE_PATH_H

#include <stdbool.h>
#include <stdio.h>

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/slice.h"

enum path_kind { PATH_CONFIG, PATH_DATA, PATH_CACHE, PATH_STATE };

/* malloc'ed "<dir>/<name>", dir being $XDG_..._HOME/weir, ~/.config/weir and so on, or confdir when not NULL. */
char *path_for(enum path_kind kind, const char *confdir, const char *name);
/* From the root on, for whoever stands elsewhere; malloc'ed. One that begins with ~ stays. */
char *path_absolute(const char *path);
bool path_make_parents(const char *path, struct err *err); /* every missing parent, 0700 */
bool path_may_make(const char *path); /* could it, and missing parents, be made? The nearest one there decides */
int path_open_private(const char *path, int flags, struct err *err); /* O_CREAT with 0600, O_CLOEXEC; -1 on error */
/* All of it, however many calls it takes; false: errno says why. For files, which never make one wait. */
bool path_write_all(int fd, struct slice bytes);
char *path_expand(const char *path); /* "~/x" -> "$HOME/x"; malloc'ed */
/* What is left of an open file, appended; fails above `max` bytes. The path is for the sentence only. */
bool path_read_fd(int fd, const char *path, size_t max, struct buf *all, struct err *err);
/* Whole file into a NUL-terminated buffer; fails above `max` bytes. */
bool path_read(const char *path, size_t max, char **bytes, size_t *n, struct err *err);

#endif
