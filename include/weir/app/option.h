/*
 * The option table: argv, the configuration file's `set` lines, `weir --help` and weir(1) read the same rows. Beside
 * options the command line may name what weir is to do instead of showing traffic: ca, run, doctor.
 */
#ifndef WEIR_APP_OPTION_H
#define WEIR_APP_OPTION_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/invocation.h"
#include "weir/proxy/proxy.h"
#include "weir/tls/stream.h"

enum command { COMMAND_NONE, COMMAND_CA, COMMAND_RUN, COMMAND_DOCTOR };

#define OPTION_WORDS_MAX 3

/* A line of the configuration file that the screen carries out when it opens, as if it was typed behind `:`. */
struct option_line {
  char *text;
  unsigned number;
};

struct options {
  char *listen; /* "[HOST:]PORT" */
  char **modes; /* "MODE@[HOST:]PORT", or MODE; NULL-terminated; NULL: none */
  bool headless;
  bool json;
  bool json_bodies;
  char *write;     /* NULL: none */
  char *intercept; /* NULL: none */
  char **rules;    /* each a rule, NULL-terminated; NULL: none */
  char *rules_file;
  char **imports;  /* of --import-mitmproxy-rules: NAME=VALUE, or a file's path; NULL-terminated; NULL: none */
  uint64_t memory; /* bytes */
  uint64_t flows;
  char *confdir; /* NULL: XDG */
  char *program; /* what a person types to start this program; NULL: weir */
  bool help, version;
  bool ascii, mono, mouse, bell, redact;
  bool embed;                /* $EDITOR in a pane of the screen; else it is lent the terminal */
  char *theme;               /* "auto", "dark", "light", "high", "mono" */
  struct proxy_config proxy; /* body_limit, timeouts, via (owned by via below) */
  char *via;
  char *auth;                     /* "USER:PASSWORD"; NULL: nobody is asked */
  char **allow;                   /* "10.0.0.0/8,fd00::/8", NULL-terminated; NULL: whoever reaches weir */
  char **upstream, **no_upstream; /* as typed, passwords in them; NULL-terminated; NULL: none */
  bool no_tls;                    /* tunnels stay opaque */
  /* NULL-terminated lists; NULL: none. Hosts are in lower case: "*", "*.shop.test", "api.shop.test", "::1" */
  char **passthrough, **insecure;
  char *passthrough_filter; /* NULL: none */
  char **client_certs;      /* "HOST=FILE" */
  char *upstream_ca, *ca_cert, *ca_key, *ca_permit;
  struct tls_versions client_tls, server_tls; /* towards clients, towards servers */
  bool yes;                                   /* do not ask */
  char *file;                                 /* that was read last; NULL: none */
  struct option_line *line;
  size_t lines;
  /* of the last options_argv() */
  enum command command;
  const char *word[OPTION_WORDS_MAX]; /* what follows `ca`; not owned */
  size_t words;
  char **run; /* what follows `run`: the command to start, NULL-terminated; not owned; NULL: none */
};

enum option_type {
  OPTION_FLAG,
  OPTION_TEXT,
  OPTION_SIZE,
  OPTION_COUNT,
  OPTION_SECONDS,
  OPTION_HOSTS,   /* "a.test,*.b.test": added to what is there; nothing empties the list */
  OPTION_LIST,    /* one more, or in the place of the one for the same host */
  OPTION_VERSION, /* "1.2" */
  OPTION_MODE,    /* one more, as with OPTION_LIST */
  OPTION_RULE,    /* one more */
  OPTION_WAY,     /* one more; it may hold a password and is shown to nobody */
  OPTION_SECRET,  /* a text that is shown to nobody */
  OPTION_NETS,    /* "10.0.0.0/8,fd00::/8": one more */
  OPTION_EXCEPT,  /* "a.test,10.0.0.0/8": one more */
  OPTION_IMPORT,  /* one more */
};

struct option_row {
  const char *name; /* "body-limit": --body-limit, `set body-limit` */
  enum option_type type;
  const char *argument; /* "SIZE"; NULL for a flag */
  const char *fallback; /* the default as typed: options_init() sets it, people read it; NULL: none */
  const char *help;     /* one phrase */
  size_t offset;        /* of the member in struct options */
  bool argv_only;       /* not in the configuration file */
};
extern const struct option_row option_table[];
extern const size_t option_table_n;

void options_init(struct options *o); /* defaults */
void options_clear(struct options *o);
bool options_set(struct options *o, const char *name, const char *value, struct err *err);
/* "--name value" and "--name=value" before or after the command; refuses what it does not know and names the nearest
 * that it does. Behind `run` the first word that is no option, or "--", begins the command to start. */
bool options_argv(struct options *o, int argc, char **argv, struct err *err);
/* `set NAME VALUE` / `set NAME` lines, # comments, and lines for the screen (map, columns, sort, colour), which it checks when it opens. A
 * missing file is fine. err names file and line. */
bool options_file(struct options *o, const char *path, struct err *err);
/* Does a row of text still have the value that it is given without being asked? */
bool options_is_default(const struct options *o, const char *name);
/* "weir ca install --confdir DIR", cut to fit; returns `out`. */
const char *options_command(const struct options *o, const char *words, char *out, size_t size);
/* What no row can see by itself: options that do not go together. */
bool options_check(const struct options *o, struct err *err);
/* Writes over the passwords in argv (up to `end`, NULL: all), so that a list of processes does not show them. */
void options_cover(char **argv, char *const *end);
void options_help(struct buf *out); /* the text of --help */
void options_man(struct buf *out);  /* the OPTIONS section of weir.1, mdoc */
/* "[HOST:]PORT" to up to two addresses (127.0.0.1 and ::1 when only a port is given). */
bool options_listen(const char *text, struct address out[2], size_t *n, bool *second_optional, struct err *err);
/* --listen may name several, with commas between them. False: that was the last one. */
#define OPTION_LISTEN_TEXT 100
bool options_next_listen(const char **rest, char piece[OPTION_LISTEN_TEXT]);
bool options_check_listen(const char *text, struct err *err);

#endif
