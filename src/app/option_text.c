/* The option table as text: --help and the OPTIONS section of weir(1). */
#include <string.h>

#include "weir/app/option.h"
#include "weir/base/mdoc.h"

static bool is_zero(const char *fallback) {
  return strcmp(fallback, "0") == 0;
}

void options_help(struct buf *out) {
  buf_add_text(out, "usage: weir [OPTION]...\n"
                    "       weir run [OPTION]... [--] COMMAND...   start a command, and see what it sends\n"
                    "       weir ca [export [pem|der] | install | uninstall | new]   the certificate to trust\n"
                    "       weir doctor   look for what is in the way, with a cure each\n"
                    "\n"
                    "An intercepting debug proxy for the terminal. Point an app at it:\n"
                    "  export http_proxy=http://127.0.0.1:8888 https_proxy=http://127.0.0.1:8888\n"
                    "\n");
  for (size_t i = 0; i < option_table_n; i++) {
    const struct option_row *row = &option_table[i];
    struct buf left = BUF_INIT;
    buf_printf(&left, "--%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    buf_printf(out, "  %-24s %s", buf_text(&left), row->help);
    buf_clear(&left);
    if (row->fallback)
      buf_printf(out, " (%s)", row->type == OPTION_SECONDS && is_zero(row->fallback) ? "0: no limit" : row->fallback);
    buf_add_text(out, "\n");
  }
  buf_add_text(out, "\n"
                    "SIZE is bytes, or with K, M or G; S is seconds, fractions allowed, 0 for no limit.\n"
                    "The configuration file takes the same names: \"set body-limit 64M\". See weir(1).\n");
}

/* "[HOST:]PORT" is an optional argument and then a plain one, joined. */
static void add_argument(struct buf *out, const char *argument) {
  const char *close = *argument == '[' ? strchr(argument, ']') : NULL;
  if (close) {
    buf_add_text(out, " Oo Ar ");
    for (const char *p = argument + 1; p < close; p++)
      if (*p == ':')
        buf_add_text(out, " :"); /* a delimiter: mdoc puts no blank before it */
      else
        buf_add_byte(out, *p);
    buf_printf(out, " Oc Ns Ar %s", close + 1);
  } else {
    buf_printf(out, " Ar %s", argument);
  }
}

void options_man(struct buf *out) {
  buf_add_text(out, ".Bl -tag -width Ds\n");
  for (size_t i = 0; i < option_table_n; i++) {
    const struct option_row *row = &option_table[i];
    buf_printf(out, ".It Fl -%s", row->name);
    if (row->argument)
      add_argument(out, row->argument);
    buf_add_byte(out, '\n');
    struct buf sentence = BUF_INIT;
    buf_add_text(&sentence, row->help);
    if (sentence.p[0] >= 'a' && sentence.p[0] <= 'z')
      sentence.p[0] = (char)(sentence.p[0] - 'a' + 'A');
    mdoc_add(out, buf_slice(&sentence));
    buf_clear(&sentence);
    buf_add_text(out, ".\n");
    if (row->fallback && row->type == OPTION_SECONDS && is_zero(row->fallback))
      buf_add_text(out, "The default is 0: no limit.\n");
    else if (row->fallback)
      buf_printf(out, "The default is %s%s.\n", row->fallback,
                 row->type != OPTION_SECONDS       ? ""
                 : strcmp(row->fallback, "1") == 0 ? " second"
                                                   : " seconds");
    if (row->argv_only)
      buf_add_text(out, "Works on the command line only.\n");
  }
  buf_add_text(out, ".El\n");
}
