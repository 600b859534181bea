/* The name that a program in a pane finds in TERM. */
#ifndef WEIR_SRC_UI_TERM_NAME_H
#define WEIR_SRC_UI_TERM_NAME_H

/* Of a terminal that libvterm can stand in for, with that many colours (0, 8, 16, 256), and that is described on this
 * machine, where any is. */
const char *term_name(int colours);

#endif
