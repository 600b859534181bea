#include "weir/io/stream.h"

void stream_set_user(struct stream *s, struct stream_user user) {
  s->user = user;
  stream_touch(s);
}

enum io_code stream_recv(struct stream *s, void *to, size_t room, size_t *done) {
  return s->ops->recv(s, to, room, done);
}

enum io_code stream_send(struct stream *s, const void *from, size_t n, size_t *done) {
  return s->ops->send(s, from, n, done);
}

enum io_code stream_shutdown(struct stream *s) {
  return s->ops->shutdown(s);
}

void stream_touch(struct stream *s) {
  s->ops->touch(s);
}

void stream_info(struct stream *s, struct stream_info *out) {
  s->ops->info(s, out);
}

int stream_error(const struct stream *s) {
  return s->error;
}

void stream_free(struct stream *s) {
  if (s)
    s->ops->free(s, false);
}

void stream_abort(struct stream *s) {
  if (s)
    s->ops->free(s, true);
}
