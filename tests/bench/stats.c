/* Rounds to medians, and medians to lines with a verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static struct { unsigned holds, fails, open; } total;

void series_add(struct series *s, double v) {
  if (s->n < sizeof s->v / sizeof s->v[0])
    s->v[s->n++] = v;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

struct summary series_summary(const struct series *s) {
  struct series sorted = *s;
  struct summary r = {0, 0, 0, false};
  if (!s->n)
    return r;
  qsort(sorted.v, sorted.n, sizeof sorted.v[0], compare);
  r.min = sorted.v[0];
  r.max = sorted.v[sorted.n - 1];
  r.median = sorted.n % 2 ? sorted.v[sorted.n / 2] : (sorted.v[sorted.n / 2 - 1] + sorted.v[sorted.n / 2]) / 2;
  r.steady = r.median > 0 && (r.max - r.min) / r.median <= SPREAD_MAX;
  return r;
}

void print_title(const char *text) {
  printf("\n%s\n", text);
  fflush(stdout);
}

void print_series(const char *name, const struct series *s, const char *unit) {
  struct summary r = series_summary(s);
  printf("  %-30s %10.4g %-6s min %-9.4g max %-9.4g%s\n", name, r.median, unit, r.min, r.max,
         r.steady ? "" : " unsteady");
  fflush(stdout);
}

void print_verdict(const char *what, double value, bool at_least, double target, const char *unit, bool steady) {
  bool holds = at_least ? value >= target : value <= target;
  const char *verdict = !steady ? "unsteady, no verdict" : holds ? "holds" : "does not hold";
  printf("  > %-44s %8.4g %-5s target %s %-6.4g  %s\n", what, value, unit, at_least ? ">=" : "<=", target, verdict);
  fflush(stdout);
  *(!steady ? &total.open : holds ? &total.holds : &total.fails) += 1;
}

/* Every round on the same side of the target is a verdict, however far the rounds are apart. */
void print_verdict_all(const char *what, const struct series *s, double target, const char *unit) {
  struct summary r = series_summary(s);
  print_verdict(what, r.median, false, target, unit, r.steady || r.max <= target || r.min > target);
}

void print_no_figure(const char *what, const char *why) {
  printf("  > %-44s no figure: %s\n", what, why);
  fflush(stdout);
  total.open++;
}

void print_total(void) {
  printf("\n%u targets hold, %u do not, %u without a verdict\n", total.holds, total.fails, total.open);
}
