#include "weir/app/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "doctor_report.h"
#include "weir/base/text.h"
#include "weir/io/nocore.h"

void report_add(struct report *r, enum finding finding, const char *what, const char *cure, const char *format, ...) {
  static const char *const marks[] = {"ok", "note", "WRONG"};
  char text[1000];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  buf_printf(&r->out, "%-5s  %-11s  ", marks[finding], what);
  text_safe(&r->out, slice_of(text), TEXT_PLAIN);
  if (cure) {
    buf_add_text(&r->out, "; ");
    text_safe(&r->out, slice_of(cure), TEXT_PLAIN);
  }
  buf_add_byte(&r->out, '\n');
  r->wrong += finding == FOUND_WRONG;
}

int doctor_run(const struct options *options, const struct doctor_screen *screen) {
  struct report r = {.options = options, .out = BUF_INIT, .authority = BUF_INIT};
  nocore_set();
  doctor_port(&r);
  doctor_authority(&r);
  doctor_environment(&r);
  doctor_names(&r);
  doctor_limits(&r);
  doctor_terminal(&r, screen);
  fputs(buf_text(&r.out), stdout);
  buf_clear(&r.out);
  buf_clear(&r.authority);
  if (r.wrong)
    printf("\n%u thing%s wrong\n", r.wrong, r.wrong == 1 ? " is" : "s are");
  return fflush(stdout) == 0 && !r.wrong ? EXIT_SUCCESS : EXIT_FAILURE;
}
