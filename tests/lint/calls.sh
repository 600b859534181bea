#!/bin/sh
# Calls that block, overflow, start a shell or abort above descriptor 1023, and sleeps in tests. Comments do not count.
set -u
status=0
grep_code() { # grep_code PATTERN REASON FILE...
  pattern=$1 reason=$2
  shift 2
  for f in "$@"; do
    found=$($CC -fpreprocessed -dD -E "$f" 2>/dev/null | awk '
      /^# [0-9]+ "/ { line = $2 - 1; next }
      { line++ }
      { print line ": " $0 }' | grep -E "(^|[^A-Za-z0-9_])($pattern)[[:space:]]*\(")
    [ -z "$found" ] || { echo "$found" | sed "s|^|$f:|; s|\$|   <- $reason|"; status=1; }
  done
}
product=$(git ls-files -co --exclude-standard 'src/*.c' 'src/*.h' 'include/*.h')
tests=$(git ls-files -co --exclude-standard 'tests/*.c' 'tests/*.h' | grep -v '^tests/bench/')
grep_code 'ares_fds|ares_process|FD_SET|FD_CLR|FD_ISSET' 'breaks above descriptor 1023' $product
grep_code 'system|popen|wordexp|execlp|execl' 'no shell, an argv' $product
grep_code 'gets|sprintf|vsprintf|strcpy|strcat|strncat|stpcpy' 'knows no size' $product
grep_code 'getaddrinfo|gethostbyname|getnameinfo|res_query' 'blocks' $product
grep_code 'tmpnam|tempnam|mktemp' 'can be raced' $product
grep_code 'sleep|usleep|nanosleep|clock_nanosleep|alarm' 'the loop waits, nobody else' $product
grep_code 'atoi|atol|atof|strtok' 'hides errors' $product
grep_code 'sleep|usleep|nanosleep|clock_nanosleep|napms' 'wait for a condition with a deadline' $tests
# select() stands in one small file.
found=$(grep -lE '(^|[^A-Za-z0-9_>.])p?select *\(' $(git ls-files -co --exclude-standard 'src/*.c') | while read -r f; do
  $CC -fpreprocessed -dD -E "$f" 2>/dev/null | grep -qE '(^|[^A-Za-z0-9_>.])p?select *\(' && echo "$f"; done)
[ "$found" = src/io/selectset.c ] || { echo "select() is called in:" $found "(only src/io/selectset.c may)"; status=1; }
exit $status
