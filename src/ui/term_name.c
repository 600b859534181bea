#include "term_name.h"

#include <stdlib.h>
#include <unistd.h>

#include "weir/base/buf.h"

/* Debian's ncurses keeps a description by its first letter, others by that letter's number. */
static bool described_in(struct slice directory, const char *name) {
  struct buf path = BUF_INIT;
  bool found = false;
  for (int by_number = 0; by_number < 2 && !found && directory.n > 0; by_number++) {
    buf_reset(&path);
    buf_add_slice(&path, directory);
    buf_printf(&path, by_number ? "/%x/%s" : "/%c/%s", name[0], name);
    found = access(buf_text(&path), R_OK) == 0;
  }
  buf_clear(&path);
  return found;
}

static bool is_described(const char *name) {
  static const char *const places[] = {"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo",
                                       "/usr/local/share/terminfo"};
  struct slice rest = slice_of(getenv("TERMINFO_DIRS")), directory;
  if (described_in(slice_of(getenv("TERMINFO")), name))
    return true;
  while (slice_split(&rest, ':', &directory))
    if (described_in(directory, name))
      return true;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (described_in(slice_of(places[i]), name))
      return true;
  const char *home = getenv("HOME");
  struct buf own = BUF_INIT;
  buf_printf(&own, "%s/.terminfo", home != NULL ? home : "");
  bool found = described_in(buf_slice(&own), name);
  buf_clear(&own);
  return found;
}

const char *term_name(int colours) {
  static const char *const names[] = {"xterm-256color", "screen-256color", "xterm-16color", "xterm", "screen",
                                      "xterm-mono",     "vt220",           "vt102",         "xterm", NULL};
  int i = colours >= 256 ? 0 : colours >= 16 ? 2 : colours >= 8 ? 3 : 5;
  while (names[i + 1] != NULL && !is_described(names[i]))
    i++;
  return names[i];
}
