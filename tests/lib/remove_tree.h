/* A folder that a test made goes, with all that is in it. */
#ifndef WEIR_TESTS_REMOVE_TREE_H
#define WEIR_TESTS_REMOVE_TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int remove_tree_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st, (void)type, (void)ftw;
  remove(path); /* what cannot be removed stays alone */
  return 0;
}

static inline void remove_tree(const char *path) {
  nftw(path, remove_tree_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
