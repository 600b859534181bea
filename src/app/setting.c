#include "weir/app/setting.h"

#include <stdlib.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"

/* ---- what acts at once ---- */

static bool apply_ring(struct weir *w, struct err *err) {
  (void)err;
  store_set_budget(w->store, w->options->memory, (size_t)w->options->flows);
  return true;
}

static bool apply_proxy(struct weir *w, struct err *err) {
  (void)err;
  proxy_set_config(w->proxy, &w->options->proxy);
  return true;
}

static bool apply_intercept(struct weir *w, struct err *err) {
  return intercept_set(w->rules, w->options->intercept != NULL ? w->options->intercept : "", err);
}

static bool apply_hosts(struct weir *w, struct err *err) {
  const struct options *o = w->options;
  (void)err;
  for (size_t i = 0; o->passthrough != NULL && o->passthrough[i] != NULL; i++)
    proxy_set_passthrough(w->proxy, o->passthrough[i], true);
  for (size_t i = 0; o->insecure != NULL && o->insecure[i] != NULL; i++)
    proxy_set_insecure(w->proxy, o->insecure[i], true);
  return true;
}

static bool apply_passthrough_filter(struct weir *w, struct err *err) {
  return proxy_set_passthrough_filter(w->proxy, w->options->passthrough_filter, err);
}

static const struct {
  const char *name;
  bool (*apply)(struct weir *w, struct err *err);
} live[] = {
    {"intercept", apply_intercept},
    {"memory", apply_ring},
    {"flows", apply_ring},
    {"body-limit", apply_proxy},
    {"timeout-head", apply_proxy},
    {"timeout-idle", apply_proxy},
    {"timeout-name", apply_proxy},
    {"timeout-connect", apply_proxy},
    {"timeout-tls", apply_proxy},
    {"timeout-send", apply_proxy},
    {"timeout-body", apply_proxy},
    {"timeout-response", apply_proxy},
    {"timeout-tunnel", apply_proxy},
    {"timeout-grace", apply_proxy},
    {"via", apply_proxy},
    {"proxy-protocol", apply_proxy},
    {"passthrough", apply_hosts},
    {"insecure", apply_hosts},
    {"passthrough-filter", apply_passthrough_filter},
    {"timeout-command", apply_proxy},
};

/* ---- what does not ---- */

static const struct {
  const char *name, *why;
} fixed[] = {
    {"listen", "listen: the ports are opened when weir starts; another weir can listen elsewhere"},
    {"mode", "mode: the ports are opened when weir starts; another weir can listen elsewhere"},
    {"rule", "rule: `:rule FILTER => ACTION` adds one to those that are there"},
    {"rules", "rules: the file is named when weir starts, and read again whenever it is saved"},
    {"import-mitmproxy-rules",
     "import-mitmproxy-rules is for when weir starts; `:rule FILTER => ACTION` adds a rule now"},
    {"headless", "headless: whether there is a screen is decided when weir starts"},
    {"json", "json is for --headless and --write, when weir starts"},
    {"json-bodies", "json-bodies is for --headless and --write, when weir starts"},
    {"write", "write: the file is opened when weir starts"},
    {"auth", "auth: who may use weir is set when it starts"},
    {"allow", "allow: who may use weir is set when it starts"},
    {"upstream", "upstream: the ways to servers are set when weir starts"},
    {"no-upstream", "no-upstream: the ways to servers are set when weir starts"},
    {"no-tls", "no-tls is decided when weir starts; P lets one host's TLS pass, :set passthrough * that of all"},
    {"upstream-ca", "upstream-ca is read when weir starts"},
    {"client-cert", "client-cert: certificates are read when weir starts"},
    {"tls-min", "tls-min: TLS is set up when weir starts"},
    {"tls-max", "tls-max: TLS is set up when weir starts"},
    {"upstream-tls-min", "upstream-tls-min: TLS is set up when weir starts"},
    {"upstream-tls-max", "upstream-tls-max: TLS is set up when weir starts"},
    {"ca-cert", "ca-cert: the authority is read when weir starts"},
    {"ca-key", "ca-key: the authority is read when weir starts"},
    {"ca-permit", "ca-permit: the authority is made when weir starts"},
    {"theme", "theme: colours are chosen when weir starts"},
    {"mono", "mono: colours are chosen when weir starts"},
    {"confdir", "confdir works on the command line only"},
    {"yes", "yes works on the command line only"},
    {"help", "help works on the command line only; ? shows the keys"},
    {"version", "version works on the command line only"},
};

const char *setting_fixed(const struct option_row *row) {
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (strcmp(row->name, fixed[i].name) == 0)
      return fixed[i].why;
  return NULL;
}

/* ---- values ---- */

static void put_scaled(struct buf *out, uint64_t n) {
  static const char units[] = "KMG";
  size_t unit = 0;
  while (n > 0 && n % 1024 == 0 && unit < 3) {
    n /= 1024;
    unit++;
  }
  buf_printf(out, "%llu", (unsigned long long)n);
  if (unit > 0)
    buf_add_byte(out, units[unit - 1]);
}

static void put_list(struct buf *out, char *const *list) {
  for (size_t i = 0; list != NULL && list[i] != NULL; i++)
    buf_printf(out, "%s%s", i > 0 ? "," : "", list[i]);
}

void setting_value(const struct options *o, const struct option_row *row, struct buf *out) {
  const void *member = (const char *)o + row->offset;
  const char *text;
  switch (row->type) {
  case OPTION_FLAG:
    buf_add_text(out, *(const bool *)member ? "on" : "off");
    break;
  case OPTION_TEXT:
    text = *(char *const *)member;
    buf_add_text(out, text != NULL ? text : "");
    break;
  case OPTION_SIZE:
    put_scaled(out, *(const uint64_t *)member);
    break;
  case OPTION_COUNT:
    buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)member);
    break;
  case OPTION_SECONDS:
    buf_printf(out, "%.12g", (double)*(const uint64_t *)member / (double)CLOCK_S);
    break;
  case OPTION_HOSTS:
  case OPTION_LIST:
    put_list(out, *(char **const *)member);
    break;
  default:
    break; /* what cannot be changed is not asked for */
  }
}

/* ---- changing ---- */

static bool apply(struct weir *w, const char *name, struct err *err) {
  for (size_t i = 0; i < sizeof live / sizeof *live; i++)
    if (strcmp(live[i].name, name) == 0)
      return live[i].apply(w, err);
  return true;
}

bool setting_change(struct weir *w, const char *name, const char *value, struct err *err) {
  for (size_t i = 0; i < option_table_n; i++) {
    const char *why = strcmp(option_table[i].name, name) == 0 ? setting_fixed(&option_table[i]) : NULL;
    if (why != NULL)
      return err_set(err, "%s", why);
  }
  return options_set(w->options, name, value, err) && apply(w, name, err);
}
