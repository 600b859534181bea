/* From keys to text, for whatever is typed into. */
#ifndef WEIR_SRC_UI_TYPE_H
#define WEIR_SRC_UI_TYPE_H

#include "weir/ui/key.h"

uint32_t type_code(const struct key *key);      /* key->code; a letter with the Ctrl modifier as KEY_CTRL() */
bool type_is_text(uint32_t code);               /* a character that stands for itself */
size_t type_encode(uint32_t code, char out[4]); /* UTF-8; bytes used */

#endif
