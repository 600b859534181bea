/*
 * Wire transcripts: client bytes, server bytes, expected bytes, over in-memory streams and a clock of their own. A
 * transcript file holds tests; a test begins with a line "## name (source)" and is a list of steps, one a line:
 *
 *   c> TEXT             the client sends TEXT and CRLF
 *   c>> TEXT            without CRLF
 *   c>*N TEXT           TEXT N times, no CRLF
 *   s< TEXT             the server gets exactly this line; s<<, s<*N as above
 *   c<? 400             the client gets a complete, well-framed response with that status
 *   c<~ TEXT            what the client has got so far contains TEXT; all of it is taken
 *   c<$ TEXT            what it has got so far ends with TEXT; all of it is taken
 *   c fin | reset       ends its direction | breaks the connection
 *   c closed | cut | open      an orderly end, a reset, or neither has arrived
 *   c deaf | hears      reads nothing from now on | reads again
 *   c waits             it has more to send than anybody takes
 *   c heard             all that it sent was taken, also behind the end of the other direction
 *   c2 repeats s        what the server got goes to the proxy once more, as another proxy would send it
 *   e> e>>              a line of the text for `edit N request|response`, `edit-as-typed`, `edit-head` (the text was opened
 *                       before its body had arrived), `send N`, `send-as-typed N`
 *   sniffs              from now on the first bytes of a tunnel are looked at, as where HTTPS is read; TLS itself fails
 *   commands            from now on rules may run programs; ran: all of them have ended
 *   rule FILTER => ACTION (behind all others)
 *   intercept EXPR, also-intercept EXPR (behind it), pause-response N (of the paused request), responses on, recording off, resume N, resume-gone N, drop N, abort N, replay N, mark N, refuse,
 *   accept, wait 3s
 *   mode MODE           clients that are made from now on come by a listener of that mode; a server dead.test refuses
 *   auth USER:PASSWORD  clients are asked: --auth
 *   upstream URL, no-upstream HOSTS   one more: --upstream, --no-upstream
 *   servers N           so many server connections were made; refusals N: so many were refused
 *   row N key=value ... state status error stage paused gone kept seen sent-kept (of the body that went instead; none) up down wire edited parent method host mark mode client colour;
 *                       key<value where a bound is enough
 *   row N says TEXT     its sentence contains TEXT
 *   row N rules TEXT    the names of the rules that touched it contain TEXT; row N tags TEXT: they are these; row N note TEXT: so does what a rule could not do
 *   row N sent request|response TEXT  the recorded head that goes out contains TEXT
 *   row N went request|response TEXT, row N never request|response TEXT  what was written of it has TEXT in its head, or has not
 *   rows N, row-gone N  so many flows are recorded; that one was evicted
 *   option NAME VALUE   before the first byte: via, body-limit, pool, flows, most-recv, capacity, head-timeout, ...
 *
 * Steps with a client (and server) of their own, each a case by itself:
 *
 *   refused> TEXT       one whole 4xx or 5xx and the end of the connection, and no server hears of it
 *   bad-body> TEXT      the same behind the head of a chunked upload; the server sees an abort, never the last chunk
 *   bad-answer> TEXT    a server says this: the client gets one whole 502, the server's connection ends
 *   cut-answer> TEXT    the same where the answer has begun: the client's connection ends without the last chunk
 *   traffic N           N exchanges pass by
 *
 * c, c2, c3.. are client connections, made at first use; s, s2.. server connections in the order they are made. In
 * TEXT: \r \n \t \0 \\ \xHH, and \[N:TEXT] for TEXT N times. At the end nothing may be left unread anywhere. Lines
 * that begin with # are comments. Where the size of a read does not show, a test runs a second time with streams that
 * move one byte at a time.
 */
#ifndef WEIR_TESTS_WIRE_H
#define WEIR_TESTS_WIRE_H

/* Runs all tests of a file as one cmocka group; returns the number of failures. */
int wire_run_file(const char *path);

#endif
