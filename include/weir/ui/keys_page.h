/*
 * What the binding tables say, as pages: doc/keys.md and the KEYS and COMMAND LINE sections of weir(1). `make man` writes
 * them, `make lint` looks that they are what the tables say.
 */
#ifndef WEIR_UI_KEYS_PAGE_H
#define WEIR_UI_KEYS_PAGE_H

#include "weir/base/buf.h"

void keys_page_markdown(struct buf *out);
void keys_page_man(struct buf *out);          /* mdoc: a list for each screen */
void keys_page_man_commands(struct buf *out); /* mdoc: a list of the commands that take words */

#endif
