#include "option_words.h"

#include <string.h>

#include "weir/base/text.h"
#include "weir/rule/intercept.h"

#include "option_upstream.h"

static const struct {
  const char *name;
  enum command command;
} commands[] = {
    {"ca", COMMAND_CA},
    {"run", COMMAND_RUN},
    {"doctor", COMMAND_DOCTOR},
};

void option_words_reset(struct options *o) {
  o->command = COMMAND_NONE;
  o->words = 0;
  o->run = NULL;
}

/* What a person types to reach the same authority with the same program. */
static struct invocation options_invocation(const struct options *o) {
  return (struct invocation){o->program, o->confdir, o->ca_cert, o->ca_key};
}

const char *options_command(const struct options *o, const char *words, char *out, size_t size) {
  struct invocation v = options_invocation(o);
  return invocation_text(&v, words, out, size);
}

/* Of a command line that cannot be read only the program is known. */
static const char *program_of(const struct options *o) {
  return o->program ? o->program : "weir";
}

static bool no_command(const struct options *o, struct err *err) {
  char run[INVOCATION_TEXT];
  return err_set(err, "weir run needs a command to start: %s -- curl https://example.com/",
                 options_command(o, "run", run, sizeof run));
}

static bool refuse(const struct options *o, const char *word, struct err *err) {
  struct buf safe = BUF_INIT;
  text_safe(&safe, slice_sub(slice_of(word), 0, 80), TEXT_PLAIN);
  if (o->command == COMMAND_NONE)
    err_set(err, "weir knows the commands ca, run and doctor, not \"%s\"; %s --help lists them", buf_text(&safe),
            program_of(o));
  else
    err_set(err, "\"%s\" is a word too many; %s --help shows how it is written", buf_text(&safe), program_of(o));
  buf_clear(&safe);
  return false;
}

bool option_words_take(struct options *o, char **argv, struct err *err) {
  const char *word = argv[0];
  bool end = strcmp(word, "--") == 0;
  if (o->command == COMMAND_RUN) {
    if (end && !argv[1])
      return no_command(o, err);
    o->run = end ? argv + 1 : argv;
    return true;
  }
  if (o->command == COMMAND_CA && o->words < OPTION_WORDS_MAX && !end) {
    o->word[o->words++] = word;
    return true;
  }
  for (size_t i = 0; o->command == COMMAND_NONE && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(word, commands[i].name) == 0) {
      o->command = commands[i].command;
      return true;
    }
  return refuse(o, word, err);
}

/* Where nobody can let go what is paused, each intercept says itself when that ends. */
static bool check_unattended(const struct options *o, struct err *err) {
  struct rules *rules = rules_new();
  intercept_unattended(rules);
  bool good = !o->intercept || intercept_set(rules, o->intercept, err);
  for (char **rule = o->rules; good && rule && *rule; rule++)
    good = rule_add(rules, *rule, RULE_AT_END, err) != 0;
  rules_free(rules);
  return good;
}

bool options_check(const struct options *o, struct err *err) {
  if (o->command == COMMAND_RUN && !o->run)
    return no_command(o, err);
  if (o->headless && !check_unattended(o, err))
    return false;
  if (!o->ca_cert != !o->ca_key)
    return err_set(err, "an authority of your own needs both --ca-cert and --ca-key");
  if (o->no_tls) {
    struct ways *ways = option_upstream_ways(o);
    bool tls = ways_want_tls(ways);
    ways_free(ways);
    if (tls)
      return err_set(err, "an upstream proxy by https:// is spoken to in TLS, which --no-tls leaves out");
  }
  if (o->client_tls.least > o->client_tls.most)
    return err_set(err, "--tls-min is newer than --tls-max: no client could be served");
  if (o->server_tls.least > o->server_tls.most)
    return err_set(err, "--upstream-tls-min is newer than --upstream-tls-max: no server could be asked");
  return true;
}
