/*
 * Puts text where the person can paste it, by the first way that works. Inside tmux, whose default ignores OSC 52 from
 * programs in it: `tmux load-buffer -w`. Where the display is this machine's own: wl-copy, xclip, xsel or pbcopy, which
 * answer whether it worked, as OSC 52 does not. Then OSC 52 through the terminal, also over ssh, at most COPY_OSC52_MAX
 * bytes; the same programs over ssh (a forwarded display); last a file of mode 0600 in the cache directory.
 *
 * Programs run as children in the loop and have three seconds each; nothing waits for them.
 */
#ifndef WEIR_SRC_UI_COPY_WAYS_H
#define WEIR_SRC_UI_COPY_WAYS_H

#include "weir/base/buf.h"
#include "weir/io/loop.h"
#include "weir/ui/terminal.h"

#define COPY_OSC52_MAX (74u * 1024) /* 100 kB as base64, a common limit of terminals */

struct copy_result {
  bool ok;
  const char *how;  /* "by tmux", "by OSC 52", "by xclip"; when not ok, why not; valid during the callback */
  const char *path; /* the file, when it came to that; else NULL */
};

typedef void copy_fn(void *arg, const struct copy_result *result);

struct copy_ways;

/* The text becomes the copy's own. fn is called once: perhaps before this returns, and then the answer is NULL; else the copy under
 * way. */
struct copy_ways *copy_start(struct loop *loop, struct terminal *t, const char *confdir, struct buf *text, copy_fn *fn,
                             void *arg);
/* The way that a short text would take: "tmux", "OSC 52", "xclip"; NULL: none but the file. */
const char *copy_way(void);
void copy_cancel(struct copy_ways *c); /* fn will not be called; NULL is fine */

#endif
