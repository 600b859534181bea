/* clang-format off: the table of fields keeps its lines */
/*
 * A finished flow as one line: for people (--headless) or as JSON (--json), described in weir(1).
 * JSON: strings are UTF-8; a value whose bytes are not valid UTF-8, or with many control characters in them, stands as
 * NAME_base64 instead. Heads always, bodies only where asked for. Parsing a line back gives the same bytes.
 *
 * For people: TIME METHOD STATUS URL TYPE SIZE DURATION, the failure's word in place of the status, "tunnel up SIZE
 * down SIZE" in place of TYPE and SIZE ("untouched tunnel": weir was told to keep out); "not verified", "h2 wanted",
 * "resend of #N" and ": sentence" where there is one. Sanitised.
 *
 * The JSON object of a flow; times in ms with three decimals, sizes in bytes, null: not known or none:
 *   id, parent    numbers; parent: the flow this one sends again
 *   kind, state   "http" or "tunnel"; "done", "failed", or how far it is
 *   time          "2026-11-23T12:01:07.103Z", at the first byte of the request
 *   method, url, host, port, status      of the request that was sent; status 0: no response
 *   client, server                       "127.0.0.1:40000"
 *   marked, replay, edited, note
 *   error         null, or {stage, code, text}; of TLS also kind (tls_problem_word()) and, where there are any, alert
 *                 (the peer's) and cure
 *   timings       {name, connect, tls: spent on each; request_sent, request_end, first_byte, end: since the first
 *                 byte of the request; paused: in all}
 *   upstream      the proxy that weir went by, "http://proxy.test:3128", then server is that one's address; null: straight
 *   tls           null (in the clear), or {client, server}: each null, or
 *     version, cipher, alpn, alpn_offered ([...]), sni, resumed, handshake (ms, the whole of it); server: handshake_waited
 *     (ms, what of it this request waited for), verified, insecure (the person did not demand it), problem (why it is not verified), client_certificate_wanted, client_certificate (the subject
 *     of the one that was shown);
 *     certificates: [{subject, issuer, names ([...]), not_before, not_after ("2026-11-23T00:00:00Z"), sha256, key},
 *     ...], the leaf first; those of `client` are what weir presented
 *   untouched, bytes_up, bytes_down      of a tunnel; untouched: the person said that weir must not look into it
 *   refused                              what came in place of a request, where it was not valid HTTP: the bytes of its
 *                                        head as received, at most 64 KiB
 *   refused_response                     the same in place of a response
 *   request, response                    null, or
 *     http_version, headers ([[name, value], ...] in order; a value that is not UTF-8 is {"base64": ...}), head (raw,
 *     start line to empty line); response: status, reason;
 *     size_wire (head, framing and body), size (of the body, framing removed), size_kept (recorded of it),
 *     size_decoded (content coding removed; null: not known), trailers (raw lines, where there are any),
 *     body (as recorded), body_decoded (where there is a coding): with bodies only,
 *     sent (what a person put in its place; hop-by-hop fields are still removed on the way out, and the target goes
 *     out in origin-form): http_version, headers, head, status, reason, body_changed, size, body
 */
/* clang-format on */
#ifndef WEIR_FILE_LINE_H
#define WEIR_FILE_LINE_H

#include "weir/flow/flow.h"

void line_text(const struct flow *f, struct buf *out);              /* with newline */
void line_json(const struct flow *f, bool bodies, struct buf *out); /* with newline */

#endif
