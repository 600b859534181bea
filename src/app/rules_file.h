/* The file of rules (--rules): read when weir starts, and again whenever it is saved. Private to app/. */
#ifndef WEIR_SRC_APP_RULES_FILE_H
#define WEIR_SRC_APP_RULES_FILE_H

#include "weir/app/weir.h"

struct rules_file;

/* Adds the rules that --import-mitmproxy-rules brings. */
bool rules_import(struct weir *w, char *const *imports, struct err *err);

/* False: it cannot be read, or a line is no rule; *err says which. */
bool rules_file_open(struct weir *w, const char *path, struct rules_file **out, struct err *err);
void rules_file_free(struct rules_file *file);

#endif
