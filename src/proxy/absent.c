/*
 * A tunnel to a server that cannot be reached, for a client whose requests rules may answer or send elsewhere all the same:
 * it is opened without the server, and what is asked in it finds the rules as a request in the clear does. What none of
 * them answers asks for the server once more and fails by itself; then this failure was never seen. Where the tunnel turns
 * out to carry what rules cannot answer, it is what the tunnel ends with.
 */
#include <stdlib.h>

#include "weir/base/mem.h"

#include "parts.h"

void unreached_free(struct unreached *u) {
  if (!u)
    return;
  free(u->text);
  free(u->cure);
  free(u);
}

/* The server's doing, or its absence: not the client's, the person's or weir's own. */
static bool is_absence(struct failure why) {
  bool stage = why.stage == STAGE_NAME || why.stage == STAGE_CONNECT || why.stage == STAGE_TLS;
  return stage && why.error != ERROR_LOOP && why.error != ERROR_CLIENT && why.error != ERROR_DROPPED &&
         why.error != ERROR_LIMIT;
}

bool absent_open(struct exchange *x, struct failure why, const char *text) {
  struct flow *f = x->flow;
  if (!x->tunnel || !x->conn || x->gone_at || x->proxy->closing || !is_absence(why) || !tunnel_is_read(x))
    return false;
  if (!rules_may_serve(x->proxy->rules, f, !front_by_address(x->conn->mode, f)))
    return false;
  struct unreached *u = mem_zero(1, sizeof *u);
  u->why = why;
  u->why.status = 0; /* the client has been told that it is open */
  u->text = mem_dup(text);
  u->cure = f->error_cure;
  u->kind = f->error_kind;
  f->error_cure = NULL;
  f->error_kind = NULL;
  x->unreached = u;
  stream_free(x->handshake);
  x->handshake = NULL;
  f->shaking = false;
  through_stop(x);
  struct buf answer = BUF_INIT;
  front_accept(x->conn, NULL, &answer);
  exchange_open_tunnel(x, NULL, buf_slice(&answer), (struct slice){NULL, 0});
  buf_clear(&answer);
  return true;
}

void absent_tell(struct flow *f, struct unreached *u) {
  free(f->error_cure);
  f->error_cure = u->cure;
  f->error_kind = u->kind;
  u->cure = NULL;
}
