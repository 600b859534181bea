/* Browsers that `weir run` starts: they ask this machine's own servers without any proxy. Private to src/app. */
#ifndef WEIR_APP_RUN_BROWSER_H
#define WEIR_APP_RUN_BROWSER_H

/* What takes that away, for the browser that this command is; NULL: it is none that is known, or has it already. */
const char *run_browser_cure(char *const *argv);

#endif
