/* Changing a message on its way: beside what was received stands what goes on instead (struct flow_edit). Private to
 * src/rule. */
#ifndef WEIR_SRC_RULE_MESSAGE_H
#define WEIR_SRC_RULE_MESSAGE_H

#include "rule/deed.h"

/* A sentence for the row, behind those that are there. */
void message_say(struct deed_scene *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What goes on instead, for changing: made as a copy of the head at the first need. */
struct flow_edit *message_edit(struct deed_scene *s);
/* Is its body there whole, and short enough? */
bool message_has_body(const struct deed_scene *s);
/* The body as a program reads it, its content coding taken off. False: it is not there whole, too long, or cannot be
 * decoded; *decoded tells that there is a coding to put on again. */
bool message_body(const struct deed_scene *s, struct buf *out, bool *decoded);
/* A 206 has a part of a body only: no body of another length may stand in its place. The row says so. */
bool message_is_part(struct deed_scene *s);
/* Sums over a body that is not that any more (RFC 9530, RFC 1864) would be lies. ETag names the version, and stays. */
void message_drop_digests(struct deed_scene *s);
/* Puts a body in the place of the message's, coded again where it was; sums over it are taken out. */
bool message_set_body(struct deed_scene *s, struct slice body, bool decoded);
/* The message as one text, the way an editor has it: its head, with the whole URL of a request, an empty line and the
 * body without its content coding. False: the body is not there whole, too long, or cannot be decoded. */
bool message_text(const struct deed_scene *s, struct buf *out, bool *decoded);
/* Puts such a text in its place; what is unchanged of it stays as it came, byte for byte. False: nothing was changed. */
bool message_set_text(struct deed_scene *s, struct slice text, struct err *err);
/* The same by its parts: the head's text with the empty line at its end, and a body; NULL: it is to be as it was. */
size_t message_head_text(const struct deed_scene *s, struct buf *out);
bool message_set_parts(struct deed_scene *s, struct slice head, const struct slice *body, struct err *err);
/* Puts another target in the place of a request's, and its authority in the place of Host unless that is to stay. False:
 * it is no target that could be asked for. */
bool message_set_target(struct deed_scene *s, struct slice url, bool keep_host);
/* A response that weir makes: its fields as lines with CRLF. Owned by the caller. NULL: they make none. */
struct flow_edit *message_make(int status, struct slice fields, struct slice body);
/* The same in the place of what the scene's flow would get: of a request as its answer, of a response instead of it. */
void message_answer(struct deed_scene *s, struct flow_edit *answer);
struct tree_file;
/* The same with a file's bytes, which are read as they go; in the place of a response at once, RULE_BODY_MAX at most. The
 * file is closed. False: it is too long for that or cannot be read, and says says so. */
bool message_answer_file(struct deed_scene *s, int status, struct slice fields, const struct tree_file *file,
                         const char *path);

#endif
