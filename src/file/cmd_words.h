/*
 * The words of a command line as Windows makes them, for what browsers copy as "cURL (cmd)": carets first (they escape for
 * cmd.exe, and at the end of a line join it to the next), then quotes as the C runtime reads them. Private to src/file.
 */
#ifndef WEIR_SRC_FILE_CMD_WORDS_H
#define WEIR_SRC_FILE_CMD_WORDS_H

#include "shell_words.h"

bool cmd_line_is(struct slice text); /* does it escape by carets? */
/* As shell_line_parse(); what stands behind an & or | is left out. */
bool cmd_line_parse(struct slice text, struct shell_line *line, struct err *err);

#endif
