#include "run_browser.h"

#include <stddef.h>
#include <string.h>

#define LOOPBACK "<-loopback>"

static const char chromium[] = "with the argument '--proxy-bypass-list=" LOOPBACK "' it asks weir";
static const char firefox[] = "with network.proxy.allow_hijacking_localhost set to true in about:config it asks weir";

static const struct {
  const char *begins, *cure; /* of the file's name: google-chrome-stable too */
} browsers[] = {
    {"chromium", chromium}, {"google-chrome", chromium},  {"chrome", chromium},
    {"brave", chromium},    {"microsoft-edge", chromium}, {"firefox", firefox},
};

const char *run_browser_cure(char *const *argv) {
  const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
  if (strncmp(name, "chromedriver", 12) == 0)
    return NULL;
  for (size_t i = 0; i < sizeof browsers / sizeof *browsers; i++) {
    if (strncmp(name, browsers[i].begins, strlen(browsers[i].begins)) != 0)
      continue;
    for (char *const *a = argv + 1; browsers[i].cure == chromium && *a; a++)
      if (strstr(*a, LOOPBACK))
        return NULL;
    return browsers[i].cure;
  }
  return NULL;
}
