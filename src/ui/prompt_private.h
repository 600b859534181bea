/* A prompt from inside: what prompt.c, prompt_box.c and prompt_past.c share. */
#ifndef WEIR_SRC_UI_PROMPT_PRIVATE_H
#define WEIR_SRC_UI_PROMPT_PRIVATE_H

#include "ui/prompt.h"

struct prompt {
  struct view view;
  struct prompt_options o;
  struct input input;
  struct buf words;
  struct completion completion;
  struct prompt_aside aside;
  bool wrong;
  bool past;        /* Ctrl-R: the completion list is of what was typed before */
  struct buf typed; /* ... and this was in the line */
};

/* prompt.c: the text is another one: say what there is to say, and let it act. */
void prompt_look(struct ui *ui, struct prompt *p);

/* prompt_box.c */
struct prompt_place {
  bool boxed;
  struct rect box;   /* boxed: around the input line */
  struct rect input; /* the line itself, its label included */
  struct rect aside; /* h 0: none */
  struct rect below; /* what is left to the view below */
};
struct prompt_place prompt_place(const struct ui *ui, const struct prompt *p);
const char *prompt_label(const struct prompt *p); /* in front of the line */
void prompt_draw_box(const struct prompt *p, const struct prompt_place *place, struct canvas *c);
void prompt_draw_aside(const struct prompt_aside *aside, struct rect box, struct canvas *c);
void prompt_aside_clear(struct prompt_aside *aside);

/* prompt_past.c */
void prompt_past_open(struct ui *ui, struct prompt *p);
void prompt_past_find(struct ui *ui, struct prompt *p);  /* the letters typed have changed */
void prompt_past_take(struct ui *ui, struct prompt *p);  /* the chosen one comes into the line */
void prompt_past_leave(struct ui *ui, struct prompt *p); /* as it was before */

#endif
