/*
 * Wire transcripts: client bytes, server bytes, expected bytes, over in-memory streams and a clock of their own. A
 * transcript file holds tests; a test begins with a line "## name (source)" and is a list of steps, one a line:
 *
 *   c> TEXT        the client sends TEXT and CRLF        c>> TEXT   without CRLF        c>*N TEXT   TEXT N times, no
 * CRLF s< TEXT        the server gets exactly this line      s<< TEXT   without CRLF        s<*N TEXT c<? 400 the
 * client gets a complete, well-framed response with that status c<~ TEXT       what the client has got so far contains
 * TEXT; all of it is taken c fin | reset  ends its direction | breaks the connection c closed | cut | open    an
 * orderly end, a reset, or neither has arrived e> e>>         a line of the text for `edit N request|response`,
 * `edit-as-typed`, `send N`, `send-as-typed N` intercept EXPR, responses on, recording off, resume N, resume-gone N,
 * drop N, abort N, replay N, refuse, accept, wait 3s servers N      so many server connections were made row N
 * key=value ...     state status error stage paused gone kept seen up down wire edited parent method host row N says
 * TEXT         its sentence contains TEXT rows N         so many flows are recorded option NAME VALUE       before the
 * first byte: via, body-limit, pool, most-recv, most-send, capacity, head-timeout, ...
 *
 * c, c2, c3.. are client connections, made at first use; s, s2.. server connections in the order they are made. In
 * TEXT: \r \n \t \0 \\ \xHH. At the end nothing may be left unread anywhere. Lines that begin with # are comments.
 */
#ifndef WEIR_TESTS_WIRE_H
#define WEIR_TESTS_WIRE_H

/* Runs all tests of a file as one cmocka group; returns the number of failures. */
int wire_run_file(const char *path);

#endif
