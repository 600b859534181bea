/*
 * HTTP Archive 1.2: what browsers' developer tools, Charles, Fiddler and mitmproxy read. Written entry by entry, so
 * that a recording of any size can be written in slices.
 *
 * Names and values stand as they were sent, in order, duplicates too. A body is its decoded text, base64 where it is no
 * UTF-8 (content.encoding, and postData._encoding, which the format lacks); what was not kept whole says so in
 * `comment`. Members that the format does not know begin with "_": _id, _parent, _error, _note, _paused (ms). An edited
 * message stands as it was sent. Numbers that are not known are -1, as the format has it.
 */
#ifndef WEIR_FILE_HAR_H
#define WEIR_FILE_HAR_H

#include "weir/flow/flow.h"

void har_begin(struct buf *out);
/* first: nothing stands before it. False: it has no request to tell of (a tunnel, something refused); nothing was put.
 */
bool har_entry(struct buf *out, const struct flow *f, bool first);
void har_end(struct buf *out);

#endif
