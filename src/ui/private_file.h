/*
 * A file of weir's own for another program to edit: 0600, in a new directory 0700 that nobody can guess or prepare
 * (CWE-377). Whatever else the program leaves in there (backups, swap files) goes with it.
 */
#ifndef WEIR_SRC_UI_PRIVATE_FILE_H
#define WEIR_SRC_UI_PRIVATE_FILE_H

#include "weir/base/buf.h"
#include "weir/base/err.h"

struct private_file {
  char *directory; /* NULL: there is none */
  char *path;
};

/* In $XDG_RUNTIME_DIR, else $TMPDIR, else /tmp. name: "request.http". */
bool private_file_make(struct private_file *f, const char *name, struct slice text, struct err *err);
/* What the file holds now: only a regular file of at most `max` bytes is read, so nothing can block or run away. */
bool private_file_read(const struct private_file *f, size_t max, struct buf *out, struct err *err);
void private_file_remove(struct private_file *f);

#endif
