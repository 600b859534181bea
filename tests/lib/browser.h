/* A real browser without a window, for tests that want one. */
#ifndef WEIR_TESTS_BROWSER_H
#define WEIR_TESTS_BROWSER_H

const char *browser_path(void); /* NULL: none is installed */
/* Loads the page through the proxy with a profile of its own in the folder; the document when its scripts have run, to
 * be freed. */
char *browser_page(const char *folder, int proxy, const char *url);

#endif
