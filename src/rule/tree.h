/*
 * Files below a root, asked for by the path of a URL. What is not below it is not reached: "..", an escaped slash or NUL
 * in a name, a symbolic link that leads out. Private to src/rule.
 */
#ifndef WEIR_SRC_RULE_TREE_H
#define WEIR_SRC_RULE_TREE_H

#include "weir/base/buf.h"

enum tree_found {
  TREE_FILE,
  TREE_FOLDER,  /* a folder asked for without the slash at its end, so that its links would lead elsewhere */
  TREE_MISSING, /* no such file, or a folder without index.html */
  TREE_REFUSED, /* it leads out of the root, or is no plain file */
  TREE_DENIED,  /* may not be read */
};

struct tree_file {
  int fd;        /* open, regular, at its beginning; the caller's */
  uint64_t size; /* now */
};

/* `root` is a folder, or a file, which stands for every path. `path`: of a URL as it stands there, without its query.
 * TREE_FILE: *file, with its name behind the root in *name; *why has words where it is none. */
enum tree_found tree_open(const char *root, struct slice path, struct tree_file *file, struct buf *name,
                          struct buf *why);
/* One file by its own name, over links too: who wrote the rule chose it. */
enum tree_found tree_open_file(const char *path, struct tree_file *file, struct buf *why);
/* Of the end of a file's name. */
const char *tree_type(struct slice name);

#endif
