/*
 * HTTP Archive 1.2: what browsers' developer tools, Charles, Fiddler and mitmproxy read. Written entry by entry, and an
 * entry in steps, so that a recording of any size with bodies of any size can be written in slices of the loop, in little
 * memory.
 *
 * Names and values stand as they were sent, in order, duplicates too. A body is its decoded text, base64 where it is no
 * UTF-8 or full of control characters (content.encoding, and postData._encoding, which the format lacks). What was not
 * kept whole or is damaged says so in `comment`, and so does a body that is left out because it decodes to more than
 * HAR_BODY_MAX. Members that the format does not know begin with "_": _id, _parent, _error, _paused (ms), _weir (the
 * listener's mode, the upstream proxy). serverIPAddress is missing by way of a proxy, whose own it would be. An edited
 * message stands as it was sent. Numbers that are not known are -1, as the format has it.
 */
#ifndef WEIR_FILE_HAR_H
#define WEIR_FILE_HAR_H

#include "weir/flow/flow.h"

void har_begin(struct buf *out);

#define HAR_BODY_MAX ((size_t)64 << 20) /* bytes that may come out of a content coding */

struct har_entry;
/* first: nothing stands before it. NULL: it has no request to tell of (a tunnel, something refused). */
struct har_entry *har_entry_new(const struct flow *f, bool first);
void har_entry_free(struct har_entry *e);
/* Does a part of the work, on the order of 100 KiB, and appends what there is of the entry. The flow is the same for all
 * steps, and may still run. False: that was the last. */
bool har_entry_step(struct har_entry *e, const struct flow *f, struct buf *out);
unsigned har_entry_percent(const struct har_entry *e, const struct flow *f);
bool har_entry_left_out(const struct har_entry *e); /* a body, which its comment says */

void har_end(struct buf *out);

#endif
