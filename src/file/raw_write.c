/* A body, or a message, into a file: in pieces, however long it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/body/decode.h"
#include "weir/file/raw.h"

#define PIECE       ((size_t)64 * 1024)
#define DECODED_MAX (sizeof(size_t) > 4 ? (size_t)16 << 30 : SIZE_MAX) /* of a bomb, on the person's disk */

struct raw_writer {
  int fd; /* -1: closed */
  char *path;
  struct slice head; /* of the message, to be written first */
  struct body_reader reader;
  struct slice raw; /* read, and not decoded yet */
  struct body_decoder *decoder;
  struct buf plain;
};

static struct slice coding_of(const struct flow_message *m) {
  struct slice coding = {NULL, 0};
  if (flow_sent_head(m)->raw)
    http_head_find(flow_sent_head(m), "Content-Encoding", &coding);
  return coding;
}

static int open_new(const char *path, bool overwrite, struct err *err) {
  if (!overwrite && access(path, F_OK) == 0) {
    err_set(err, "%s is there already", path);
    return -1;
  }
  return path_open_private(path, O_WRONLY | O_CREAT | (overwrite ? O_TRUNC : O_EXCL), err);
}

struct raw_writer *raw_writer_open(const struct flow_message *m, enum raw_part part, const char *path, bool overwrite,
                                   struct err *err) {
  struct raw_writer *w = mem_zero(1, sizeof *w);
  *w = (struct raw_writer){.fd = -1, .path = mem_dup(path), .reader = {flow_sent_body(m), 0}};
  if (part == RAW_MESSAGE)
    w->head = http_head_raw(flow_sent_head(m));
  bool ok = part != RAW_DECODED || (w->decoder = body_decoder_new(coding_of(m), DECODED_MAX, err)) != NULL;
  if (ok)
    w->fd = open_new(path, overwrite, err);
  if (w->fd >= 0)
    return w;
  raw_writer_free(w);
  return NULL;
}

/* A file that is not whole does not stay. What is no file of its own (/dev/null) does. */
void raw_writer_free(struct raw_writer *w) {
  struct stat st;
  if (!w)
    return;
  if (w->fd >= 0) {
    bool regular = fstat(w->fd, &st) == 0 && S_ISREG(st.st_mode);
    close(w->fd);
    if (regular)
      unlink(w->path);
  }
  body_decoder_free(w->decoder);
  buf_clear(&w->plain);
  free(w->path);
  free(w);
}

static bool failed(const struct raw_writer *w, int reason, struct err *err) {
  return err_set(err, "writing %s failed: %s", w->path, strerror(reason));
}

static bool put(const struct raw_writer *w, struct slice bytes, struct err *err) {
  return path_write_all(w->fd, bytes) || failed(w, errno, err);
}

/* False: there is no more. */
static bool next_piece(struct raw_writer *w, struct slice *piece) {
  bool more = w->raw.n > 0 || (w->decoder && body_decoder_waits(w->decoder)) || body_read(&w->reader, &w->raw);
  if (!w->decoder) {
    *piece = slice_sub(w->raw, 0, PIECE);
    w->raw = slice_from(w->raw, piece->n);
    return more;
  }
  buf_reset(&w->plain);
  more = more && body_decoder_feed_some(w->decoder, &w->raw, PIECE, &w->plain);
  if (!more)
    body_decoder_flush(w->decoder, &w->plain);
  *piece = buf_slice(&w->plain);
  return more;
}

/* The end: of a body that could not be decoded to its end, what came out stays, and why is told. */
static enum raw_step finish(struct raw_writer *w, struct err *err) {
  struct err why = ERR_INIT;
  enum body_decode_code code = w->decoder ? body_decoder_end(w->decoder, &why) : BODY_DECODED;
  if (code == BODY_NOT_DECODED) {
    err_set(err, "%s", why.text);
    return RAW_FAILED;
  }
  int fd = w->fd;
  if (close(fd) != 0) {
    failed(w, errno, err);
    w->fd = -1;
    unlink(w->path);
    return RAW_FAILED;
  }
  w->fd = -1;
  if (code == BODY_DECODED)
    return RAW_DONE;
  err_set(err, "%s", why.text);
  return RAW_PART;
}

enum raw_step raw_writer_step(struct raw_writer *w, const struct flow_message *m, uint64_t deadline, struct err *err) {
  struct slice piece;
  if (flow_sent_body(m) != w->reader.body) {
    err_set(err, "the message was changed meanwhile");
    return RAW_FAILED;
  }
  if (!put(w, w->head, err))
    return RAW_FAILED;
  w->head.n = 0;
  for (bool more = true; more;) {
    more = next_piece(w, &piece);
    if (!put(w, piece, err))
      return RAW_FAILED;
    if (more && clock_mono() >= deadline) {
      w->reader.offset -= w->raw.n; /* read anew the next time: the record may move when it is sealed */
      w->raw.n = 0;
      return RAW_MORE;
    }
  }
  return finish(w, err);
}

unsigned raw_writer_percent(const struct raw_writer *w) {
  uint64_t kept = w->reader.body->kept;
  return kept ? (unsigned)((w->reader.offset - w->raw.n) * 100 / kept) : 100;
}

static bool write_all(const struct flow_message *m, enum raw_part part, const char *path, bool overwrite,
                      struct err *err) {
  struct raw_writer *w = raw_writer_open(m, part, path, overwrite, err);
  bool done = w && raw_writer_step(w, m, UINT64_MAX, err) != RAW_FAILED;
  raw_writer_free(w);
  return done;
}

bool raw_can_write(const struct flow_message *m, enum raw_part part, const char *name, struct err *err) {
  if (part == RAW_MESSAGE)
    return flow_sent_head(m)->raw || m->body.kept || err_set(err, "there is no %s to write", name);
  return (flow_sent_body(m)->kept && !flow_invalid(m)) || err_set(err, "there is no body to write");
}

bool raw_write_body(const struct flow *f, enum flow_side side, bool decoded, const char *path, bool overwrite,
                    struct err *err) {
  const struct flow_message *m = flow_side_const(f, side);
  enum raw_part part = decoded ? RAW_DECODED : RAW_BODY;
  return raw_can_write(m, part, "", err) && write_all(m, part, path, overwrite, err);
}

bool raw_write_message(const struct flow *f, enum flow_side side, const char *path, bool overwrite, struct err *err) {
  const struct flow_message *m = flow_side_const(f, side);
  return raw_can_write(m, RAW_MESSAGE, side == FLOW_REQUEST ? "request" : "response", err) &&
         write_all(m, RAW_MESSAGE, path, overwrite, err);
}
