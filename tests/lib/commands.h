/*
 * weir's commands as a person types them: a home of its own to do it in, what they say and their status, and a server
 * with HTTPS to talk to. Include after cmocka.h.
 */
#ifndef WEIR_TESTS_COMMANDS_H
#define WEIR_TESTS_COMMANDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "net.h"

/* A new home (HOME, the XDG directories below it) and no variables about certificates. */
int commands_open(void **state);
int commands_close(void **state);
extern char commands_home[300];
const char *in_home(const char *name); /* its full path; one of four static ones */

/* openssl s_server for localhost and 127.0.0.1 with a certificate of its own: a page about the connection. */
const char *server_url(void); /* skips the test where there is no openssl; static */
const char *server_pem(void); /* trusting it */

bool installed(const char *program); /* says so when it is not */
/* weir with these arguments, to its end: its status; in *said (malloc'ed; may be NULL) its stdout, then its stderr. */
int weir(char **said, const char *const *arguments);
#define WEIR(said, ...) weir(said, (const char *const[]){__VA_ARGS__, NULL})
/* What the command says must hold this. */
void weir_says(int status, const char *what, const char *const *arguments);
#define SAYS(status, what, ...) weir_says(status, what, (const char *const[]){__VA_ARGS__, NULL})
/* What doctor says of this machine, well or not, must hold this. */
void doctor_says(const char *what, const char *const *arguments);
#define DOCTOR(what, ...) doctor_says(what, (const char *const[]){"doctor", __VA_ARGS__, NULL})
const char *weir_program(void);

void see(const char *text, const char *what);
void mode_of(const char *path, mode_t want);

#endif
