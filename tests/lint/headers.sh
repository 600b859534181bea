#!/bin/sh
# Each public header compiles alone, has its guard, and begins with a comment that says what it is.
set -u
status=0
for h in $(git ls-files -co --exclude-standard 'include/*.h'); do
  name=${h#include/}
  guard=$(echo "$name" | tr 'a-z/.-' 'A-Z___')
  printf '#include "%s"\n#include "%s"\nextern int nothing;\n' "$name" "$name" |
    $CC $LINT_CFLAGS -fsyntax-only -x c - || { echo "$h does not compile alone"; status=1; }
  grep -q "^#ifndef $guard\$" "$h" || { echo "$h: its guard should be $guard"; status=1; }
  head -n 1 "$h" | grep -q '^/\*' || { echo "$h: begins without a comment"; status=1; }
done
exit $status
