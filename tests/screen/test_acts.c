/*
 * Every act of every table does what its help says: pressed where it has something to do, it has this effect. A new
 * binding gets its row here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen_effect.h"
#include "screen_places.h"
#include "ui/ui_state.h"

struct expectation {
  const char *place; /* of screen_places; NULL: wherever no row of its own says otherwise */
  const char *command;
  const char *before; /* keys pressed first; NULL: none */
  /* "text": it appears; "-text": it goes; "@name": that screen is in front; "#7": that flow is under the cursor; "row 7
   * text": it comes into that row, the topmost being 0; "bar text": that is selected; "stop": weir ends; "sent text": given to the terminal; "later text": it appears when what was begun
   * has got so far; "": nothing to be seen here. Several: with a newline between. */
  const char *effect;
};

static const struct expectation expectations[] = {
    /* on every screen */
    {NULL, "screen-flows", NULL, "@flow list"},
    {NULL, "screen-paused", NULL, "@paused"},
    {NULL, "screen-repeater", NULL, "@repeater"},
    {"repeater", "screen-repeater", NULL, "this is what was sent again"},
    {"repeater", "screen-next", NULL, "@rules"},
    {"repeater", "screen-previous", NULL, "@paused"},
    {NULL, "screen-log", NULL, "@log"},
    {NULL, "intercepts", NULL, "@intercepts\nIF NOBODY LETS GO"},
    {"paused", "paused-intercepts", NULL, "@intercepts\nIF NOBODY LETS GO"},
    {"intercepts", "intercepts", NULL, "these are the intercepts"},
    {"intercepts", "screen-next", NULL, "@paused"},
    {"intercepts", "screen-previous", NULL, "@setup"},
    {"intercepts", "go-down", NULL, "> on   GET path=/static/app.js"},
    {"intercepts", "go-up", "j", "> on   GET path=/static/app.css"},
    {"intercepts", "go-first", "j", "> on   ~u nothing"},
    {"intercepts", "go-last", "k", "> on   GET path=/static/app.js"},
    {"intercepts", "intercept-switch", NULL, "off: GET path="},
    {"intercepts", "intercept-change", NULL, "@prompt\nintercept: GET path="},
    {"intercepts", "intercept-add", NULL, "@prompt\nintercept: pause what matches"},
    {"intercepts", "intercept-remove", NULL, "taken out: GET path=\nu brings it back"},
    {"intercepts", "intercept-responses", NULL, "responses too: GET path="},
    {"intercepts", "intercept-toggle", NULL, "intercept off; what is paused stays so"},
    {"intercepts", "undo", NULL, "taken back: break at"},
    {"intercepts", "redo", "u", "done again: break at"},
    {"intercepts", "back", NULL, "@flow list"},
    {NULL, "screen-rules", NULL, "@rules\nWHEN"},
    {"rules", "screen-rules", NULL, "these are the rules"},
    {"rules", "screen-next", NULL, "@statistics"},
    {"rules", "screen-previous", NULL, "@repeater"},
    {"rules", "go-down", "k", ">   2  [x]\nrule 2 would have matched 1 of"},
    {"rules", "go-up", NULL, ">   1  [x]\nrule 1 would have matched 0 of"},
    {"rules", "go-first", NULL, ">   1  [x]"},
    {"rules", "go-last", "k", ">   3  [x]"},
    {"rules", "rule-change", NULL, "@rule form\n[x] host"},
    {"rules", "rule-add", NULL, "@rule form\nnew rule"},
    {"rules", "rule-switch", NULL, "rule 2 off: delay 1s"},
    {"rules", "rule-down", NULL, "rule 3 now: rules are asked from top to bottom"},
    {"rules", "rule-up", NULL, "rule 1 now: rules are asked from top to bottom"},
    {"rules", "rule-remove", NULL, "taken out: delay 1s; u brings it back"},
    {"rules", "rule-test", NULL, "would act"},
    {"rules", "rule-copy", NULL, "sent \033]52;c;\nrule copied"},
    {"rules", "rules-write", NULL, "@prompt\nwrite rules to: weir.rules"},
    {"rules", "rules-toggle", NULL, "rules off: traffic passes as it comes"},
    {"rules", "undo", NULL, "taken back: rule "},
    {"rules", "redo", "u", "done again: rule "},
    {"rules", "back", NULL, "@flow list"},
    {NULL, "screen-stats", NULL, "@statistics"},
    {"stats", "screen-stats", NULL, "these are the statistics"},
    {NULL, "screen-setup", NULL, "@setup"},
    {"list", "screen-flows", NULL, "this is the flow list"},
    {"paused", "screen-paused", NULL, "these are the paused messages"},
    {"log", "screen-log", NULL, "this is the log"},
    {"setup", "screen-setup", NULL, "this is the setup"},
    {"list", "screen-next", NULL, "@paused"},
    {"detail", "screen-next", NULL, "@paused"},
    {"paused", "screen-next", NULL, "@repeater"},
    {"log", "screen-next", NULL, "@setup"},
    {"stats", "screen-next", NULL, "@log"},
    {"setup", "screen-next", NULL, "@flow list"},
    {"list", "screen-previous", NULL, "@setup"},
    {"detail", "screen-previous", NULL, "@setup"},
    {"paused", "screen-previous", NULL, "@flow list"},
    {"log", "screen-previous", NULL, "@statistics"},
    {"stats", "screen-previous", NULL, "@rules"},
    {"setup", "screen-previous", NULL, "@log"},
    {NULL, "help", NULL, "@help\ntype to search"},
    {NULL, "palette", NULL, "@palette\nwhat?"},
    {NULL, "command-line", NULL, "@prompt\nEnter do it"},
    {NULL, "record", NULL, "not recording: traffic passes unseen"},
    {NULL, "redraw", NULL, ""},
    {NULL, "suspend", NULL, ""},
    {NULL, "interrupt", NULL, "q quits; so does Ctrl-C again"},
    {NULL, "quit", NULL, "@quit"},
    {NULL, "quit-now", NULL, "stop"},

    /* on a flow */
    {NULL, "paused-oldest", NULL, "#18\n#18 is the oldest paused"},
    {NULL, "replay-options", NULL, "@prompt\nsend: 10 gap=0ms sequential"},
    {NULL, "compose", NULL, "@editor\nNew request"},
    {NULL, "filter", NULL, "@prompt\nfilter (live)"},
    {NULL, "filter-toggle", NULL, "there is no filter; f makes one"},
    {"list", "filter-toggle", "= m", "-f: GET"},
    {NULL, "only-failures", NULL, "f: failed"},
    {NULL, "flow-resume", NULL, "is not paused"},
    {NULL, "flow-edit", NULL, "@editor"},
    {NULL, "flow-pipe", NULL, "@prompt\nbody |"},
    {NULL, "editor-back", NULL, "no editor is open: E opens a message in one"},
    {NULL, "editor-external-end", NULL, "no editor is open"},
    {NULL, "flow-edit-external", NULL, "@editor in a pane\nsh: request of #"},
    {NULL, "host-accept", NULL, "is not HTTPS: there is no certificate to accept"},
    {NULL, "host-pass", NULL, "is not HTTPS: only what is encrypted can pass untouched"},
    {NULL, "resume-all", NULL, "nothing is paused"}, /* by script only, not in the proxy: test_keys.c has the rest */
    {NULL, "flow-delete", NULL, "deleted; u brings it back"},
    {"paused", "flow-delete", NULL, "is not paused"},
    {NULL, "flow-replay", NULL, "sent as #82; :82 goes to it"},
    {NULL, "intercept", NULL, "@prompt\nintercept: pause what matches"},
    {NULL, "intercept-toggle", NULL, "intercept off; what is paused stays so"},
    {NULL, "intercept-responses", NULL, "responses are paused too"},
    {NULL, "break-once", NULL, "will be paused, once; u takes that back"},
    {NULL, "break-always", NULL, "will be paused; u takes that back"},
    {NULL, "rule-answer", NULL, "@rule form\n=> answer "},
    {NULL, "rule-delay", NULL, "@rule form\n=> delay 1s"},
    {NULL, "rule-header", NULL, "@rule form\nset [request|response] NAME: VALUE"},
    {NULL, "rule-replace", NULL, "@rule form\n=> replace response body"},
    {NULL, "rule-block", NULL, "@rule form\n=> block close"},
    {NULL, "rule-send-to", NULL, "@rule form\n=> send-to http://127.0.0.1:3000"},
    {NULL, "rule-file", NULL, "@rule form\n./"},
    {NULL, "rule-throttle", NULL, "@rule form\n=> throttle 3g"},
    {NULL, "rule-pass", NULL, "@rule form\n=> pass"},
    {NULL, "rules-toggle", NULL, "there is no rule yet: M on a flow makes one"},
    {NULL, "flow-mark", NULL, "marked: it stays in the ring"},
    {"log", "flow-mark", NULL, "#7 unmarked"},
    {NULL, "flow-note", NULL, "@prompt\nnote:"},
    {NULL, "copy-url", NULL, "sent \033]52;c;\nURL copied"},
    {NULL, "copy-curl", NULL, "sent \033]52;c;\ncurl command copied"},
    {NULL, "copy-request", NULL, "sent \033]52;c;\nraw request copied"},
    {NULL, "copy-response", NULL, "sent \033]52;c;\nraw response copied"},
    {NULL, "copy-response-body", NULL, "sent \033]52;c;\nresponse body copied"},
    {NULL, "copy-request-body", NULL, "sent \033]52;c;\nrequest body copied"},
    {NULL, "copy-headers", NULL, "sent \033]52;c;\nheaders copied"},
    {NULL, "copy-cookies", NULL, "sent \033]52;c;\ncookies copied"},
    {NULL, "copy-har", NULL, "sent \033]52;c;\nHAR entry copied"},
    {NULL, "copy-python", NULL, "sent \033]52;c;\nPython code copied"},
    {NULL, "copy-fetch", NULL, "sent \033]52;c;\nfetch() call copied"},
    {NULL, "copy-httpie", NULL, "sent \033]52;c;\nHTTPie command copied"},
    {NULL, "copy-markdown", NULL, "sent \033]52;c;\nMarkdown copied"},
    {NULL, "copy-again", NULL, "sent \033]52;c;\ncurl command copied"},
    {"paused", "copy-response", NULL, "there is no such message"},
    {"paused", "copy-response-body", NULL, "it has no body"},
    {"list", "copy-request-body", NULL, "it has no body"},
    {"detail", "copy-request-body", NULL, "it has no body"},
    {"list", "copy-cookies", NULL, "it carries no cookies"},
    {"detail", "copy-cookies", NULL, "it carries no cookies"},
    {"paused", "copy-cookies", NULL, "it carries no cookies"},
    {NULL, "write-har", NULL, "@prompt\n.har"},
    {NULL, "write-session", NULL, "weir keeps no session files: wh writes"},
    {NULL, "open-file", NULL, "weir opens no session files"},
    {NULL, "write-csv", NULL, "@prompt\n.csv"},
    {NULL, "flow-diff", NULL, "D on another flow compares it with #"},
    {NULL, "write-body", NULL, "@prompt\nbody to: "},
    {NULL, "write-raw", NULL, "@prompt\nwrite raw "},
    {NULL, "undo", "= m", "-f: GET"},
    {NULL, "redo", "= m u", "f: GET"},
    {"log", "undo", "= m", "taken back: "},
    {"log", "redo", "= m u", "done again: "},
    {"paused", "undo", "= m", "-f: PUT"},
    {"paused", "redo", "= m u", "f: PUT"},
    {NULL, "clear", NULL, "flows 3/3"},
    {NULL, "only-host", NULL, "f: host="},
    {NULL, "only-path", NULL, "f: path="},
    {NULL, "only-method", NULL, "f: GET"},
    {"paused", "only-method", NULL, "f: PUT"},
    {"log", "only-method", NULL, "f: POST"},
    {"list", "only-status", NULL, "f: 500"},
    {NULL, "only-status", NULL, "f: 200"},
    {"paused", "only-status", NULL, "there is no answer yet"},
    {NULL, "only-type", NULL, "f: type=json"},
    {"detail", "only-type", NULL, "the answer has no media type"},
    {"paused", "only-type", NULL, "the answer has no media type"},
    {NULL, "only-client", NULL, "f: client=127.0.0.1"},
    {NULL, "only-assets", NULL, "f: assets"},
    {NULL, "hide-host", NULL, "f: -host="},
    {NULL, "hide-path", NULL, "f: -path="},
    {NULL, "hide-method", NULL, "f: -GET"},
    {"paused", "hide-method", NULL, "f: -PUT"},
    {"log", "hide-method", NULL, "f: -POST"},
    {"list", "hide-status", NULL, "f: -500"},
    {NULL, "hide-status", NULL, "f: -200"},
    {"paused", "hide-status", NULL, "there is no answer yet"},
    {NULL, "hide-type", NULL, "f: -type=json"},
    {"detail", "hide-type", NULL, "the answer has no media type"},
    {"paused", "hide-type", NULL, "the answer has no media type"},
    {NULL, "hide-client", NULL, "f: -client=127.0.0.1"},
    {NULL, "hide-assets", NULL, "f: -assets"},

    /* two flows beside each other */
    {"diff", "diff-next", NULL, "change 1 of "},
    {"diff", "diff-previous", "n n", "change 1 of "},
    {"diff", "back", NULL, "@flow list"},
    {"diff", "go-down", NULL, "row 3 ~ op.test"},
    {"diff", "go-up", NULL, "row 4 ~ tp://shop.test/[long]"},
    {"diff", "go-page-down", "h h", "row 3 + line "},
    {"diff", "go-page-up", "PgDn", "row 3 ~ tp://shop.test/[long]"},
    {"diff", "go-first", "G", "row 4 ~ tp://shop.test/[long]"},
    {"diff", "go-last", "h h", "row 33 line 199"},
    {"diff", "screen-next", NULL, "@paused"},
    {"diff", "screen-previous", NULL, "@setup"},
    {"diff", "diff-part", NULL, "the requests alone"},
    {"diff", "diff-unified", NULL, "row 4 - ttp://[api.]shop.test\nrow 5 + tp://shop.test/[long]"},
    {"diff", "diff-unit", NULL, "single characters are marked"},
    {"diff", "diff-noise", NULL, "noise is shown too"},
    {"diff", "diff-ignore", "n", "no name to ignore it by"},
    {"diff", "diff-swap", NULL, "A  #21 GET /long\nB  #7 POST /login"},
    {"diff", "go-right", NULL, "row 3 ~ p.test/[long]"},
    {"diff", "go-left", NULL, "row 3 ~ [GET] http://shop.test/[long]"},

    /* statistics */
    {"stats", "copy-table", NULL, "sent \033]52;c;\ntable copied"},
    {"stats", "write-csv", NULL, "@prompt\nwrite the table as CSV to:"},
    {"stats", "stats-open", "g g", "@flow list\nf: host="},
    {"stats", "zoom-in", "Tab Tab Tab", "1/2 of the time"},
    {"stats", "zoom-out", "Tab Tab Tab z", "all of the time"},
    {"stats", "go-right", "Tab Tab Tab z", "2.40s"},
    {"stats", "go-left", NULL, "@flow list"},
    {"stats", "stats-next", NULL, "[Answers]"},
    {"stats", "stats-previous", NULL, "[Waterfall]"},
    {"stats", "stats-order", NULL, "hosts by time"},
    {"stats", "back", NULL, "@flow list"},
    {"stats", "go-down", NULL, "> 127.0.0.1"},
    {"stats", "go-up", NULL, "> shop.test"},
    {"stats", "go-page-down", NULL, "> pay.shop.test"},
    {"stats", "go-page-up", "G", "> shop.test"},
    {"stats", "go-first", "G", "> shop.test"},
    {"stats", "go-last", NULL, "> pay.shop.test"},

    /* the list */
    {"list", "search", NULL, "@prompt\nEnter keep"},
    {"list", "search-next", NULL, "nothing was looked for yet"},
    {"list", "search-previous", NULL, "nothing was looked for yet"},
    {"list", "flow-open", NULL, "@detail\nGET http://api.shop.test/api/fail"},
    {"list", "go-down", NULL, "#11"},
    {"list", "go-up", NULL, "#9"},
    {"list", "go-half-down", NULL, "#20"},
    {"list", "go-half-up", NULL, "#1"},
    {"list", "go-page-down", NULL, "#29"},
    {"list", "go-page-up", "2 9 G", "#10"},
    {"list", "go-first", NULL, "#1"},
    {"list", "go-last", NULL, "#81\nfollowing (new flows scroll in"},
    {"list", "failure-next", NULL, "#14"},
    {"list", "failure-previous", NULL, "#9"},
    {"list", "select", NULL,
     "●    10\n#11\n1 selected for copy, write, replay, resume, delete, mark, note; Esc unselects"},
    {"list", "select-range", NULL, "●    10\na range from #10 to the cursor"},
    {"list", "select-all", NULL, "●    10\n81 selected for copy, write, replay, resume, delete, mark, note"},
    {"list", "select-none", "Space", "-●    10\nnothing is selected any more"},
    {"list", "marked-next", "Space g g", "#7"},
    {"list", "marked-previous", NULL, "#7"},
    {"list", "split-up", NULL, "row 22 ── Request ─ GET /api/fail"},
    {"list", "split-down", NULL, "row 25 ── Request ─ GET /api/fail"},
    {"list", "sort-number", NULL, "#▼\nsorted by number, newest first\n#10"},
    {"list", "sort-time", NULL, "TIME▲\nsorted by time, oldest first; sn\n#1"},
    {"list", "jump-back", "g g", "#10"},
    {"list", "time-column", NULL, "time of day left out"},
    {"list", "sort-duration", NULL, "TOOK▼\nsorted by duration, longest first\n#13"},
    {"list", "sort-size", NULL, "SIZE▼\nsorted by size, largest first\n#13"},
    {"list", "sort-status", NULL, "STAT▼\nsorted by status, largest first\n#72"},
    {"list", "sort-host", NULL, "HOST▲\nsorted by host, from a to z"},
    {"list", "sort-path", NULL, "PATH▲\nsorted by path, from a to z\n#1"},
    {"list", "sort-method", NULL, "METHOD▲\nsorted by method, from a to z\n#12"},
    {"list", "layout-next", NULL, "-─ Response ─"},
    {"list", "back", NULL, "@quit"},

    /* one flow */
    {"detail", "flow-next", NULL, "#22"},
    {"detail", "flow-previous", NULL, "#20"},
    {"detail", "failure-next", NULL, "#72"},
    {"detail", "failure-previous", NULL, "#15"},
    {"detail", "back", NULL, "@flow list"},
    {"detail", "go-down", NULL, "line 29/200, "},
    {"detail", "go-up", NULL, "line 27/200, "},
    {"detail", "go-half-down", NULL, "line 41/200, "},
    {"detail", "go-half-up", NULL, "line 15/200, "},
    {"detail", "go-page-down", NULL, "line 54/200, "},
    {"detail", "go-page-up", NULL, "line 2/200, "},
    {"detail", "go-first", NULL, "line 1 of the head"},
    {"detail", "go-last", NULL, ", 100%"},
    {"detail", "go-right", NULL, "lines are wrapped; W cuts them, then Right scrolls"},
    {"detail", "go-left", NULL, "@flow list"},
    {"detail", "find", NULL, "@prompt\nEnter keep"},
    {"detail", "find-next", NULL, "nothing was looked for yet; / finds"},
    {"detail", "find-previous", NULL, "nothing was looked for yet; / finds"},
    {"detail", "side-other", NULL, "━━ Request"},
    {"detail", "body-hex", NULL, "[Hex]"},
    {"detail", "body-raw", NULL, "[Raw]"},
    {"detail", "edited-other", NULL, "this response was not edited: it went on as it came"},
    {"detail", "view-next", NULL, "[Raw]"},
    {"detail", "view-previous", NULL, "[Connection]"},
    {"detail", "connection", NULL, "[Connection]"},
    {"detail", "layout-next", NULL, "@flow list"},
    {"detail", "split-left", NULL, "row 6 GET http://shop.test/long HTTP/1.1                  │>line 27"},
    {"detail", "split-right", NULL, "row 6 GET http://shop.test/long HTTP/1.1                              │>line 27"},
    {"detail", "wrap", NULL, "long lines are cut"},
    {"detail", "hex-wider", "x", "no room for more bytes in a row"},
    {"detail", "hex-narrower", "x", "bytes a row"},
    {"detail", "hex-order", "x", "the lowest byte comes first"},
    {"detail", "open-line", NULL, "nothing to open on this line"}, /* test_fold.c shows more */
    {"detail", "fold", NULL, "nothing to fold here"},
    {"detail", "fold-close", NULL, "nothing to fold here"},
    {"detail", "fold-open", NULL, "nothing to fold here"},
    {"detail", "fold-all", NULL, "nothing to fold here"},
    {"detail", "fold-none", NULL, "nothing to fold here"},
    {"detail", "line-numbers", NULL, "lines of bodies are numbered"},
    {"detail", "jump-back", NULL, "#1\nGET http://shop.test/ HTTP/1.1"},
    {"detail", "zoom", NULL, "-Request"},

    /* paused */
    {"paused", "go-down", NULL, "#20"},
    {"paused", "go-up", NULL, "#18"},
    {"paused", "go-first", NULL, "#18"},
    {"paused", "go-last", NULL, "#20"},
    {"paused", "flow-open", NULL, "@detail"},
    {"paused", "go-page-down", NULL, "row 7 line 47"},
    {"paused", "go-page-up", NULL, "row 7 PUT http://shop.test/cart"},
    {"paused", "go-half-down", NULL, "row 7 line 34"},
    {"paused", "go-half-up", NULL, "row 7 line 8"},
    {"paused", "back", NULL, "@flow list"},
    {"paused", "body-hex", NULL, "[Hex]"},
    {"paused", "body-raw", NULL, "[Raw]"},
    {"repeater", "view-next", NULL, "[Raw]"},
    {"repeater", "view-previous", NULL, "[Connection]"},
    {"paused", "view-next", NULL, "[Raw]"},
    {"paused", "view-previous", NULL, "[Connection]"},
    {"paused", "connection", NULL, "[Connection]"},

    /* the repeater */
    {"repeater", "flow-open", NULL, "@detail"},
    {"repeater", "try-newer", NULL, "try 3 of 3"},
    {"repeater", "try-older", NULL, "try 1 of 3"},
    {"repeater", "tab-next", NULL, "there is one tab only"},
    {"repeater", "tab-previous", NULL, "there is one tab only"},
    {"repeater", "go-down", NULL, "try 3 of 3"},
    {"repeater", "go-up", NULL, "try 1 of 3"},
    {"repeater", "go-first", NULL, "try 1 of 3"},
    {"repeater", "go-last", NULL, "try 3 of 3"},
    {"repeater", "go-page-down", NULL, "row 4 line 32"},
    {"repeater", "go-page-up", NULL, "row 4 PUT http://shop.test/cart"},
    {"repeater", "go-half-down", NULL, "row 4 line 23"},
    {"repeater", "go-half-up", "PgDn", "row 4 line 22"},
    {"repeater", "side-other", NULL, "── Request ─ PUT /cart\n━━ Response"},
    {"repeater", "body-hex", NULL, "00000058  6e 65 20 31 32 0a 6c 69  |ne 12.li|"},
    {"repeater", "body-raw", NULL, "[Raw]"},
    {"repeater", "sort-number", NULL, "of what was sent several times: 10r does"}, /* test_repeater.c shows more */
    {"repeater", "sort-duration", NULL, "of what was sent several times: 10r does"},
    {"repeater", "sort-size", NULL, "of what was sent several times: 10r does"},
    {"repeater", "sort-status", NULL, "of what was sent several times: 10r does"},
    {"repeater", "sort-body", NULL, "of what was sent several times: 10r does"},
    {"repeater", "copy-table", NULL, "a table is there of what was sent several times: 10r, and \\"},
    {"repeater", "layout-next", NULL, "the table is for what was sent several times: 10r does"},
    {"repeater", "back", NULL, "@flow list"},
    {"repeater", "flow-replay", NULL, "sent as #84"},
    {"repeater", "flow-diff", NULL, "@diff"},
    {"repeater", "copy-response", NULL, "there is no such message"},
    {"repeater", "copy-response-body", NULL, "it has no body"},
    {"repeater", "only-status", NULL, "there is no answer yet"},
    {"repeater", "hide-status", NULL, "there is no answer yet"},
    {"repeater", "only-method", NULL, "f: PUT"},
    {"repeater", "hide-method", NULL, "f: -PUT"},
    {"repeater", "only-client", NULL, "no client asked for this"},
    {"repeater", "hide-client", NULL, "no client asked for this"},
    {"repeater", "undo", "= m", "-f: PUT"},
    {"repeater", "redo", "= m u", "f: PUT"},
    {"repeater", "copy-cookies", NULL, "it carries no cookies"},
    {"repeater", "clear", NULL, "flows 5/5"},
    {"repeater", "only-type", NULL, "the answer has no media type"},
    {"repeater", "hide-type", NULL, "the answer has no media type"},
    {"repeater", "flow-delete", NULL, "tab cart closed; its flows stay in the list"},

    /* the editor */
    {"editor", "editor-jump", NULL, "line 6 col 1"},
    {"editor", "editor-find", NULL, "@prompt\nfind:"},
    {"editor", "editor-find-next", NULL, "@prompt\nfind:"},
    {"editor", "editor-replace", NULL, "@prompt\nreplace:"},
    {"editor", "editor-send", NULL, "@flow list\nsent as #82"},
    {"editor", "editor-keep", NULL, "@repeater\nkept: r sends it, 10r ten times"},
    {"editor", "editor-leave", NULL, "@flow list"},
    {"editor", "editor-external", NULL, "@editor in a pane\nsh: request of #7"},
    {"editor", "editor-back", NULL, "no editor is open: E opens a message in one"},
    {"editor in a pane", "editor-pane-leave", NULL, "@flow list\nsh goes on: Ctrl-] leads back to it"},
    {"editor", "editor-external-end", NULL, "no other editor has this text"},
    {"editor", "editor-cut", NULL, "-POST http://api.shop.test/login HTTP/1.1"},
    {"editor", "editor-paste", "Ctrl-K", "POST http://api.shop.test/login HTTP/1.1"},
    {"editor", "editor-undo", "Ctrl-K", "POST http://api.shop.test/login HTTP/1.1"},
    {"editor", "editor-redo", "Ctrl-K Alt-U", "-POST http://api.shop.test/login HTTP/1.1"},
    {"editor", "editor-mark", NULL, "marked from here to where you go"},
    {"editor", "editor-shell", NULL, "@prompt\nbody !"},
    {"editor", "editor-format", NULL, "indented; only white space has changed"},
    {"editor", "editor-insert-file", NULL, "@prompt\ninsert file:"},
    {"editor", "editor-body-file", NULL, "@prompt\nbody from file:"},
    {"editor", "editor-length", NULL, "Content-Length stays as typed"},
    {"editor", "editor-complete", NULL, "nothing can be completed here"},
    {"editor", "editor-hex", NULL, "00000000  "},
    {"editor", "editor-goto", NULL, "@prompt\ngo to line:"},
    {"editor", "editor-copy", NULL, "bytes are copied"},

    /* what a command wrote */
    {"pipe", "screen-next", NULL, "@paused"},
    {"pipe", "screen-previous", NULL, "@setup"},
    {"pipe", "flow-pipe", NULL, "@prompt\nEnter run"},
    {"pipe", "pipe-write", NULL, "@prompt\nwrite output to: output.txt"},
    {"pipe", "pipe-copy", NULL, "sent \033]52;c;"},
    {"pipe", "pipe-again", NULL, "later 0000000000000000000000000000000000000000000000001"},
    {"pipe", "pipe-stop", NULL, "@flow list"},
    {"pipe", "back", NULL, "@flow list"},
    {"pipe", "find", NULL, "@prompt\nEnter keep"},
    {"pipe", "find-next", NULL, "nothing was looked for yet"},
    {"pipe", "find-previous", NULL, "nothing was looked for yet"},
    {"pipe", "wrap", NULL, "long lines are wrapped"},
    {"pipe", "go-down", NULL, "row 3 0000004"},
    {"pipe", "go-up", NULL, "row 3 0000002"},
    {"pipe", "go-page-down", NULL, "row 3 0000032"},
    {"pipe", "go-page-up", "PgDn", "row 4 0000004"},
    {"pipe", "go-first", NULL, "row 3 0000001"},
    {"pipe", "go-last", NULL, "row 32 0000200"},
    {"pipe", "go-right", NULL, "-000000000000000000000000000000000000000003"},
    {"pipe", "go-left", NULL, "row 3 00000000000000000000000000000000000000000000000003"},

    /* the log: on its last line, which is about #7, unless a row goes elsewhere */
    {"log", "flow-open", NULL, "@detail\n#7"},
    {"log", "back", NULL, "@flow list"},
    {"log", "go-down", "g g j j", "What happened  line 3"},
    {"log", "go-up", "g g j j", "What happened  line 1"},
    {"log", "go-half-down", "g g", "What happened  line 13"},
    {"log", "go-half-up", NULL, "What happened  line 46"},
    {"log", "go-page-down", "g g", "What happened  line 26"},
    {"log", "go-page-up", NULL, "What happened  line 33"},
    {"log", "go-first", NULL, "What happened  line 0"},
    {"log", "go-last", "g g", "60 lines, following"},
    {"log", "log-problems", NULL, "-info   test"},

    /* setup */
    {"setup", "back", NULL, "@flow list"},
    {"setup", "go-down", NULL, ">   [w] own weir"},
    {"setup", "go-up", NULL, ">       Firefox"},
    {"setup", "go-page-down", NULL, ">   passes as a tunnel in this run"},
    {"setup", "go-page-up", NULL, "> Point a program at the proxy"},
    {"setup", "go-first", NULL, "> Point a program at the proxy"},
    {"setup", "go-last", NULL, ">   passes as a tunnel in this run and is not decrypted"},
    {"setup", "setup-copy", NULL, "this line is to be read; those with a letter can be copied"},
    {"setup", "setup-shell", NULL, "sent \033]52;c;\nshell copied"},
    {"setup", "setup-browser", NULL, "sent \033]52;c;\nbrowser copied"},
    {"setup", "setup-run", NULL, "sent \033]52;c;\nown weir copied"},
    {"setup", "setup-install", NULL, "there is no certificate to trust"},
    {"setup", "setup-trust", NULL, "there is no certificate to trust"},
    {"setup", "setup-curl", NULL, "there is no certificate to trust"},
    {"setup", "setup-file", NULL, "there is no certificate to trust"},
    {"setup", "setup-fingerprint", NULL, "there is no certificate to trust"},
    {"setup", "setup-node", NULL, "there is no certificate to trust"},
    {"setup", "setup-openssl", NULL, "there is no certificate to trust"},
    {"setup", "setup-python", NULL, "there is no certificate to trust"},
    {"setup", "setup-java", NULL, "there is no certificate to trust"},
    {"setup", "setup-git", NULL, "there is no certificate to trust"},

    /* help, palette, questions */
    {"help", "go-down", NULL, "bar k Up            previous"},
    {"help", "go-up", NULL, "bar Enter l Right   open the flow"},
    {"help", "go-page-down", NULL, "page 2 of"},
    {"help", "go-page-up", "PgDn", "page 1 of"},
    {"help", "help-run", NULL, "@flow list\n#63"},
    {"help", "help-all", NULL, "keys in: all screens"},
    {"help", "help-close", NULL, "@flow list"},
    {"palette", "go-down", NULL, "> previous"},
    {"palette", "go-up", NULL, "> open the flow"},
    {"palette", "go-page-down", NULL, "row 7 previous  go-up"},
    {"palette", "go-page-up", NULL, "> open the flow"},
    {"palette", "palette-run", NULL, "@flow list\n#63"},
    {"palette", "palette-close", NULL, "@flow list"},
    {"prompt", "prompt-take", NULL, "g is no command"},
    {"prompt", "prompt-cancel", NULL, "@flow list"},
    {"prompt", "prompt-complete", NULL, ":go"},
    {"prompt", "prompt-complete-back", NULL, ":go"},
    {"prompt", "prompt-all", NULL, "only a rule has a reach"}, /* test_rules.c has the rest */
    {"prompt", "prompt-host", NULL, "only a rule has a reach"},
    {"prompt", "prompt-history", NULL, "look for:"},
    {"prompt", "rule-text", NULL, "only a rule has a form"}, /* test_rule_form.c has the rest */
    {"rule form", "prompt-take", NULL, "is on (F5 lists them"},
    {"rule form", "prompt-cancel", NULL, "@flow list"},
    {"rule form", "prompt-all", NULL, "as text  * => answer"},
    {"rule form", "prompt-host", NULL, "as text  host="},
    {"rule form", "form-next", NULL, "Content-Type of the answer"},
    {"rule form", "form-before", NULL, "answer STATUS [TYPE]"},
    {"rule form", "rule-text", NULL, "@prompt\nrule: "},
    {"quit", "quit-stay", NULL, "@flow list"},
    {"question", "answer-yes", NULL, "written to /dev/null"},
    {"question", "answer-no", NULL, "@flow list\n-overwrite it?"},
};

static bool used[sizeof expectations / sizeof *expectations];
static int complaints; /* all of them are told before the test fails */

#define complain(...) (complaints++, print_error(__VA_ARGS__))

static const struct expectation *expected(const char *place, const char *command) {
  const struct expectation *any = NULL;
  for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
    const struct expectation *e = &expectations[i];
    if (strcmp(e->command, command) != 0)
      continue;
    if (e->place != NULL && strcmp(e->place, place) == 0)
      return e;
    if (e->place == NULL)
      any = e;
  }
  return any;
}

static void try_act(const struct screen_place *place, struct screen *s, const struct binding *b) {
  const struct expectation *e = expected(place->name, b->name);
  if (e != NULL)
    used[e - expectations] = true;
  if (e == NULL) {
    complain("%s: this test does not know what %s (\"%s\") has to do\n", place->name, b->name, b->help);
    return;
  }
  if (strcmp(place->name, "log") == 0)
    screen_keys(s, "G");
  if (e->before != NULL)
    screen_keys(s, e->before);
  const char *keys = dispatch_keys(s->ui, s->ui->top, b);
  char *before = screen_looks(s);
  if (keys[0] != '\0')
    screen_press_named(s, keys);
  else
    dispatch_run(s->ui, b), screen_turn(s);
  char *after = screen_looks(s);
  struct slice rest = slice_of(e->effect), one;
  while (e->effect[0] != '\0' && slice_split(&rest, '\n', &one)) {
    char effect[200], line[200];
    snprintf(effect, sizeof effect, "%.*s", (int)one.n, one.p);
    if (!screen_happened(s, effect, before, after))
      complain("%s: %s (%s, \"%s\") does not: %s; it says:\n    %s\n", place->name, keys, b->name, b->help, effect,
               screen_message(s, line, sizeof line));
  }
  free(before);
  free(after);
}

static void every_act_does_what_help_says(void **state) {
  (void)state;
  complaints = 0;
  unsetenv("VISUAL");
  for (const struct screen_place *p = screen_places; p->name != NULL; p++) {
    bool more = true;
    for (size_t n = 0; more; n++) {
      struct screen s;
      screen_full(&s, 120, 36);
      screen_go(&s, p);
      size_t at = n;
      const struct binding *b = dispatch_next(s.ui->top, &at);
      more = b != NULL;
      if (more)
        try_act(p, &s, b);
      screen_close(&s);
    }
  }
  assert_int_equal(complaints, 0);
}

/* No row is about an act that is no more. */
static void every_row_was_of_use(void **state) {
  (void)state;
  complaints = 0;
  for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++)
    if (!used[i])
      complain("%s: there is no %s\n", expectations[i].place != NULL ? expectations[i].place : "nowhere",
               expectations[i].command);
  assert_int_equal(complaints, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_act_does_what_help_says),
      cmocka_unit_test(every_row_was_of_use),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
