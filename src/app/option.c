/* The option table and what sets a row: one value by name, argv, the configuration file. */
#include "weir/app/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/base/path.h"
#include "weir/base/text.h"
#include "weir/base/units.h"
#include "weir/rule/import.h"
#include "weir/rule/intercept.h"

#include "option_auth.h"
#include "option_lines.h"
#include "option_mode.h"
#include "option_tls.h"
#include "option_upstream.h"
#include "option_words.h"

#define CONFIG_MAX ((size_t)1 << 20)

#define AT(member) offsetof(struct options, member)

const struct option_row option_table[] = {
    {"listen", OPTION_TEXT, "[HOST:]PORT", "8888",
     "where clients connect; a port alone means 127.0.0.1 and ::1, port 0 a free one; 0.0.0.0 takes IPv4 alone, [::] "
     "IPv6 alone; may be repeated",
     AT(listen), false},
    {"mode", OPTION_MODE, "MODE@[HOST:]PORT", NULL,
     "listen there for clients of another kind, see MODES; without @ where --listen says; may be repeated", AT(modes),
     false},
    {"proxy-protocol", OPTION_FLAG, NULL, NULL,
     "each connection begins with a PROXY header (version 1 or 2) that says whose it is", AT(proxy.proxy_header),
     false},
    {"intercept", OPTION_TEXT, "EXPR", NULL, "pause what matches this filter expression", AT(intercept), false},
    {"rule", OPTION_RULE, "RULE", NULL, "FILTER => ACTION, see weir-rules(5); may be repeated", AT(rules), false},
    {"rules", OPTION_TEXT, "FILE", NULL, "rules, one a line; read again whenever the file is saved", AT(rules_file),
     false},
    {"import-mitmproxy-rules", OPTION_IMPORT, "FILE|NAME=VALUE", NULL,
     "rules in mitmproxy's words: its config.yaml, or one option such as modify_headers=/~q/X-Debug/1; may be repeated",
     AT(imports), false},
    {"headless", OPTION_FLAG, NULL, NULL, "no screen: print one line for each finished flow", AT(headless), false},
    {"json", OPTION_FLAG, NULL, NULL, "print JSON, one object a line", AT(json), false},
    {"json-bodies", OPTION_FLAG, NULL, NULL, "put bodies into the JSON lines too", AT(json_bodies), false},
    {"write", OPTION_TEXT, "FILE", NULL, "append the same lines to a file", AT(write), false},
    {"memory", OPTION_SIZE, "SIZE", "256M", "most memory that recorded flows may take", AT(memory), false},
    {"flows", OPTION_COUNT, "N", "100000", "most flows kept", AT(flows), false},
    {"body-limit", OPTION_SIZE, "SIZE", "16M", "most bytes recorded of one body; traffic is not cut",
     AT(proxy.body_limit), false},
    {"timeout-head", OPTION_SECONDS, "S", "30", "a request head must be whole by then", AT(proxy.head_timeout), false},
    {"timeout-idle", OPTION_SECONDS, "S", "60", "idle connections are closed after", AT(proxy.idle_timeout), false},
    {"timeout-name", OPTION_SECONDS, "S", "10", "a host name must be known by then", AT(proxy.name_timeout), false},
    {"timeout-connect", OPTION_SECONDS, "S", "30", "a server must accept by then", AT(proxy.connect_timeout), false},
    {"timeout-tls", OPTION_SECONDS, "S", "30", "a TLS handshake must be over by then, on either side",
     AT(proxy.tls_timeout), false},
    {"timeout-send", OPTION_SECONDS, "S", "0", "longest wait for a peer to take more", AT(proxy.send_timeout), false},
    {"timeout-body", OPTION_SECONDS, "S", "0", "longest silence within a body", AT(proxy.body_timeout), false},
    {"timeout-response", OPTION_SECONDS, "S", "0", "longest wait for the head of a response",
     AT(proxy.response_timeout), false},
    {"timeout-tunnel", OPTION_SECONDS, "S", "0", "longest silence in a tunnel", AT(proxy.tunnel_timeout), false},
    {"timeout-grace", OPTION_SECONDS, "S", "3", "how long an answer may still take once the client has ended its side",
     AT(proxy.client_grace), false},
    {"timeout-command", OPTION_SECONDS, "S", "30", "a command that a body or a message is run through must end by then",
     AT(proxy.command_timeout), false},
    {"via", OPTION_TEXT, "NAME", NULL, "add Via, Date and a token against loops, under this name", AT(via), false},
    {"auth", OPTION_SECRET, "USER:PASSWORD", NULL,
     "ask clients for this user name and password, or for what stands in the file behind @: @FILE", AT(auth), false},
    {"allow", OPTION_NETS, "CIDR", NULL,
     "serve these clients and this machine alone: 192.168.1.0/24,fd00::/8; may be repeated", AT(allow), false},
    {"upstream", OPTION_WAY, "URL", NULL,
     "go through this proxy: http://[USER:PASSWORD@]HOST:PORT, https://, socks5://, socks5h://, or @FILE with one; "
     "with "
     "FILTER => before it for some alone, FILTER => direct for none; the first that matches; may be repeated",
     AT(upstream), false},
    {"no-upstream", OPTION_EXCEPT, "HOSTS", NULL,
     "go straight to these hosts and all below them, as no_proxy in the environment says: shop.test,10.0.0.0/8",
     AT(no_upstream), false},
    {"no-tls", OPTION_FLAG, NULL, NULL, "do not look into TLS: tunnels pass, their bytes are counted", AT(no_tls),
     false},
    {"passthrough", OPTION_HOSTS, "HOST", NULL,
     "leave TLS with these hosts alone: names with commas between them, *.shop.test for all below; may be repeated",
     AT(passthrough), false},
    {"passthrough-filter", OPTION_TEXT, "EXPR", NULL,
     "leave TLS alone in tunnels that match this filter expression: host, port, header lines, client and process count",
     AT(passthrough_filter), false},
    {"insecure", OPTION_HOSTS, "HOST", NULL, "take any certificate from these servers, * for all; may be repeated",
     AT(insecure), false},
    {"upstream-ca", OPTION_TEXT, "FILE", NULL,
     "trust the authorities in this PEM file or directory too, where servers are concerned", AT(upstream_ca), false},
    {"client-cert", OPTION_LIST, "HOST=FILE", NULL,
     "show this certificate to a server that asks for one: a PEM file with certificate, chain and key; may be repeated",
     AT(client_certs), false},
    {"tls-min", OPTION_VERSION, "VERSION", "1.2", "oldest TLS version that a client may speak", AT(client_tls.least),
     false},
    {"tls-max", OPTION_VERSION, "VERSION", "1.3", "newest TLS version that a client may speak", AT(client_tls.most),
     false},
    {"upstream-tls-min", OPTION_VERSION, "VERSION", "1.2", "oldest TLS version spoken with servers",
     AT(server_tls.least), false},
    {"upstream-tls-max", OPTION_VERSION, "VERSION", "1.3", "newest TLS version spoken with servers",
     AT(server_tls.most), false},
    {"ca-cert", OPTION_TEXT, "FILE", NULL, "sign with this authority of your own instead of weir's: its certificate",
     AT(ca_cert), false},
    {"ca-key", OPTION_TEXT, "FILE", NULL, "and its key, PEM without a passphrase, readable by you alone", AT(ca_key),
     false},
    {"ca-permit", OPTION_TEXT, "NAMES", NULL,
     "make an authority that can sign for these names and addresses alone: .test,localhost,127.0.0.1,10.0.0.0/8",
     AT(ca_permit), false},
    {"ascii", OPTION_FLAG, NULL, NULL, "draw with ASCII characters only", AT(ascii), false},
    {"mono", OPTION_FLAG, NULL, NULL, "draw without colours", AT(mono), false},
    {"theme", OPTION_TEXT, "NAME", "auto",
     "colours: dark, light, high (contrast), mono; auto asks the terminal, then COLORFGBG, whether the ground is light",
     AT(theme), false},
    {"bell", OPTION_FLAG, NULL, "on", "rings once when something is paused while nobody presses a key", AT(bell),
     false},
    {"redact", OPTION_FLAG, NULL, NULL,
     "hide credentials on the screen: Authorization, Cookie and the like, and what is named password, token or api_key "
     "in URLs, forms and JSON",
     AT(redact), false},
    {"mouse", OPTION_FLAG, NULL, "on", "clicks and the wheel act in weir; off leaves the mouse to the terminal",
     AT(mouse), false},
    {"embed", OPTION_FLAG, NULL, "on", "$EDITOR in a pane beside the flow list; off (--no-embed) lends it the terminal",
     AT(embed), false},
    {"confdir", OPTION_TEXT, "DIR", NULL, "keep configuration and data in this directory", AT(confdir), true},
    {"yes", OPTION_FLAG, NULL, NULL, "change what ca install, uninstall or new change without asking first", AT(yes),
     true},
    {"help", OPTION_FLAG, NULL, NULL, "print this text", AT(help), true},
    {"version", OPTION_FLAG, NULL, NULL, "print the version", AT(version), true},
};
const size_t option_table_n = sizeof option_table / sizeof option_table[0];

static void *member_of(struct options *o, const struct option_row *row) {
  return (char *)o + row->offset;
}

static const struct option_row *find_row(struct slice name) {
  for (size_t i = 0; i < option_table_n; i++)
    if (slice_eq(name, slice_of(option_table[i].name)))
      return &option_table[i];
  return NULL;
}

static const char *near_name(struct slice name) {
  struct nearest nearest;
  nearest_init(&nearest, name);
  for (size_t i = 0; i < option_table_n; i++)
    nearest_offer(&nearest, option_table[i].name);
  return nearest.name;
}

/* `dashes` as they were typed; a name without any is a line of the file. */
static bool unknown(struct slice name, const char *dashes, struct err *err) {
  struct buf safe = BUF_INIT;
  text_safe(&safe, slice_sub(name, 0, 80), TEXT_PLAIN);
  const char *near = near_name(name);
  if (near)
    err_set(err, "%s%s is not an option of weir; did you mean %s%s?", dashes, buf_text(&safe), *dashes ? "--" : "",
            near);
  else
    err_set(err, "%s%s is not an option of weir; weir --help lists them", dashes, buf_text(&safe));
  buf_clear(&safe);
  return false;
}

static bool set_flag(bool *flag, const char *name, const char *value, struct err *err) {
  if (!value || strcmp(value, "on") == 0)
    *flag = true;
  else if (strcmp(value, "off") == 0)
    *flag = false;
  else
    return err_set(err, "%s is on or off, nothing else", name);
  return true;
}

static bool set_number(uint64_t *number, const struct option_row *row, const char *value, struct err *err) {
  uint64_t n = 0;
  struct err why = ERR_INIT;
  struct slice text = slice_of(value);
  bool ok = row->type == OPTION_SIZE      ? units_parse_size(text, &n, &why)
            : row->type == OPTION_SECONDS ? units_parse_duration(text, &n, &why)
                                          : slice_to_u64(text, &n) || err_set(&why, "a whole number is needed");
  if (!ok)
    return err_set(err, "%s: %s", row->name, why.text);
  if (n == 0 && (row->offset == AT(memory) || row->offset == AT(flows)))
    return err_set(err, "%s must be more than 0", row->name);
  *number = n;
  return true;
}

/* RFC 9110 7.6.3: received-by is a host with a port, or a pseudonym; neither has blanks, commas or parentheses. */
static bool check_via(const char *value, struct err *err) {
  for (const char *p = value; *p; p++)
    if (*p <= ' ' || *p > '~' || strchr(",;()<>@\"\\{}=?/", *p))
      return err_set(err, "via must be a host name or one plain word: %c is not allowed in it",
                     *p > ' ' && *p <= '~' ? *p : ' ');
  return *value ? true : err_set(err, "via needs a name");
}

static bool check_condition(const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  return intercept_check(slice_of(value), NULL, NULL, &why) || err_set(err, "%s: %s", name, why.text);
}

/* Once: the command line is read again behind the file. */
static void add_to_list(char ***list, const char *value) {
  size_t n = 0;
  for (; *list && (*list)[n]; n++)
    if (strcmp((*list)[n], value) == 0)
      return;
  *list = mem_grow(*list, (n + 2) * sizeof **list);
  (*list)[n] = mem_dup(value);
  (*list)[n + 1] = NULL;
}

static bool add_rule(char ***list, const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  if (!rule_check(slice_of(value), &why))
    return err_set(err, "%s: %s", name, why.text);
  add_to_list(list, value);
  return true;
}

/* A file is read when weir starts. */
static bool add_import(char ***list, const char *name, const char *value, struct err *err) {
  struct rule_import *in = rule_import_new();
  struct err why = ERR_INIT;
  const char *equals = strchr(value, '='), *slash = strchr(value, '/');
  bool good = !equals || (slash && slash < equals) || rule_import_option(in, slice_of(value), &why);
  rule_import_free(in);
  if (!good)
    return err_set(err, "%s: %s", name, why.text);
  add_to_list(list, value);
  return true;
}

static bool check_passthrough(const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  return proxy_check_passthrough_filter(value, &why) || err_set(err, "%s: %s", name, why.text);
}

static bool check_permit(const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  return authority_check_permit(value, &why) || err_set(err, "%s: %s", name, why.text);
}

static bool check_theme(const char *value, struct err *err) {
  static const char *const names[] = {"auto", "dark", "light", "high", "mono"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(value, names[i]) == 0)
      return true;
  return err_set(err, "theme is auto, dark, light, high or mono");
}

static bool set_text(struct options *o, const struct option_row *row, const char *value, struct err *err) {
  if (row->offset == AT(listen) && !options_check_listen(value, err))
    return false;
  if (row->offset == AT(via) && !check_via(value, err))
    return false;
  if (row->offset == AT(intercept) && !check_condition(row->name, value, err))
    return false;
  if (row->offset == AT(passthrough_filter) && !check_passthrough(row->name, value, err))
    return false;
  if (row->offset == AT(ca_permit) && !check_permit(row->name, value, err))
    return false;
  if (row->offset == AT(theme) && !check_theme(value, err))
    return false;
  char **text = member_of(o, row);
  free(*text);
  *text = mem_dup(value);
  o->proxy.via = o->via;
  return true;
}

static bool set_row(struct options *o, const struct option_row *row, const char *value, struct err *err) {
  if (row->type == OPTION_FLAG)
    return set_flag(member_of(o, row), row->name, value, err);
  if (!value)
    return err_set(err, "%s needs a value: %s", row->name, row->argument);
  if (row->type == OPTION_TEXT)
    return set_text(o, row, value, err);
  if (row->type == OPTION_HOSTS)
    return option_tls_hosts(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_LIST)
    return option_tls_certificate(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_MODE)
    return option_mode_add(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_WAY)
    return option_upstream_add(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_SECRET)
    return option_auth_set(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_NETS)
    return option_auth_allow(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_EXCEPT)
    return option_upstream_except(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_RULE)
    return add_rule(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_IMPORT)
    return add_import(member_of(o, row), row->name, value, err);
  if (row->type == OPTION_VERSION)
    return option_tls_version(member_of(o, row), row->name, value, err);
  return set_number(member_of(o, row), row, value, err);
}

bool options_set(struct options *o, const char *name, const char *value, struct err *err) {
  const struct option_row *row = find_row(slice_of(name));
  return row ? set_row(o, row, value, err) : unknown(slice_of(name), "", err);
}

bool options_is_default(const struct options *o, const char *name) {
  const struct option_row *row = find_row(slice_of(name));
  if (!row || row->type != OPTION_TEXT)
    return false;
  const char *value = *(char *const *)(const void *)((const char *)o + row->offset);
  return row->fallback ? value && strcmp(value, row->fallback) == 0 : !value;
}

void options_init(struct options *o) {
  memset(o, 0, sizeof *o);
  o->proxy = proxy_config_default;
  for (size_t i = 0; i < option_table_n; i++)
    if (option_table[i].fallback)
      set_row(o, &option_table[i], option_table[i].fallback, NULL);
}

void options_clear(struct options *o) {
  for (size_t i = 0; i < option_table_n; i++)
    if (option_table[i].type == OPTION_TEXT || option_table[i].type == OPTION_SECRET)
      free(*(char **)member_of(o, &option_table[i]));
    else if (option_table[i].type == OPTION_HOSTS || option_table[i].type == OPTION_LIST ||
             option_table[i].type == OPTION_MODE || option_table[i].type == OPTION_RULE ||
             option_table[i].type == OPTION_WAY || option_table[i].type == OPTION_EXCEPT ||
             option_table[i].type == OPTION_IMPORT || option_table[i].type == OPTION_NETS)
      option_tls_clear(member_of(o, &option_table[i]));
  option_lines_clear(o);
  free(o->program);
  memset(o, 0, sizeof *o);
}

/* "no-bell": of what is on unless it is switched off. */
static const struct option_row *switched_off(struct slice name) {
  const struct option_row *row = slice_starts(name, SLICE("no-")) ? find_row(slice_from(name, 3)) : NULL;
  return row && row->type == OPTION_FLAG && row->fallback ? row : NULL;
}

/* Each place that the command line names is listened at; the first takes the place of the file's. */
static bool add_listen(struct options *o, const struct option_row *row, const char *value, struct err *err) {
  struct buf all = BUF_INIT;
  buf_printf(&all, "%s,%s", o->listen, value);
  bool ok = set_row(o, row, buf_text(&all), err);
  buf_clear(&all);
  return ok;
}

static bool set_argument(struct options *o, char **argv, int *i, bool *listens, struct err *err) {
  const char *word = argv[*i];
  const char *equals = strchr(word, '=');
  struct slice name = equals ? slice_make(word + 2, (size_t)(equals - word - 2)) : slice_of(word + 2);
  const struct option_row *row = find_row(name);
  const struct option_row *off = row || equals ? NULL : switched_off(name);
  if (off)
    return set_row(o, off, "off", err);
  if (!row)
    return unknown(name, "--", err);
  const char *value = equals ? equals + 1 : NULL;
  if (!value && row->type != OPTION_FLAG && argv[*i + 1])
    value = argv[++*i];
  struct err why = ERR_INIT;
  /* Nothing clears a list that is there, ":set passthrough"; here it is a variable of the shell that was empty. */
  if (row->type == OPTION_HOSTS && value && !slice_trim(slice_of(value)).n)
    return err_set(err, "--%s needs a value: %s, or * for all; what was given is empty", row->name, row->argument);
  bool again = *listens && !strcmp(row->name, "listen") && value;
  *listens |= !strcmp(row->name, "listen");
  return (again ? add_listen(o, row, value, &why) : set_row(o, row, value, &why)) || err_set(err, "--%s", why.text);
}

bool options_argv(struct options *o, int argc, char **argv, struct err *err) {
  bool listens = false;
  option_words_reset(o);
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i];
    bool option = word[0] == '-' && word[1] == '-' && word[2];
    if (word[0] == '-' && word[1] && word[1] != '-')
      return unknown(slice_of(word + 1), "-", err);
    if (option ? !set_argument(o, argv, &i, &listens, err) : !option_words_take(o, argv + i, err))
      return false;
    if (o->run)
      break;
  }
  return true;
}

/* One line of the file: `set NAME`, `set NAME VALUE` (the value goes to the end of the line), a line for the screen, a
 * comment, or blank. */
static bool read_line(struct options *o, struct slice line, unsigned number, struct err *err) {
  line = slice_trim(line);
  if (line.n && line.p[line.n - 1] == '\r')
    line = slice_trim(slice_sub(line, 0, line.n - 1));
  if (!line.n || line.p[0] == '#')
    return true;
  struct slice rest = line, word;
  slice_split(&rest, ' ', &word);
  if (!slice_eq(word, SLICE("set")))
    return option_lines_take(o, line, word, number, err);
  rest = slice_trim(rest);
  size_t n = 0;
  while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
    n++;
  struct slice name = slice_sub(rest, 0, n), value = slice_trim(slice_from(rest, n));
  if (slice_find_byte(line, '\0') >= 0)
    return err_set(err, "a zero byte stands in the line");
  const struct option_row *row = find_row(name);
  if (!row)
    return unknown(name, "", err);
  if (row->argv_only)
    return err_set(err, "%s works on the command line only", row->name);
  char *copy = value.n ? mem_dup_n(value.p, value.n) : NULL;
  bool ok = set_row(o, row, copy, err);
  free(copy);
  return ok;
}

bool options_file(struct options *o, const char *path, struct err *err) {
  char *bytes = NULL;
  size_t n = 0;
  errno = 0;
  if (!path_read(path, CONFIG_MAX, &bytes, &n, err))
    return errno == ENOENT;
  struct slice rest = {bytes, n}, line;
  bool ok = true;
  option_lines_clear(o);
  o->file = mem_dup(path);
  for (unsigned number = 1; ok && slice_split(&rest, '\n', &line); number++) {
    struct err why = ERR_INIT;
    if (!read_line(o, line, number, &why))
      ok = err_set(err, "%s, line %u: %s", path, number, why.text);
  }
  free(bytes);
  return ok;
}
