#!/bin/sh
# make lint: each check prints what is wrong and where. Called by the Makefile with CC, B, JOBS and LINT_CFLAGS.
set -u
: "${CC:=cc}" "${B:=build/release}" "${JOBS:=2}" "${LINT_CFLAGS:?}"
here=tests/lint
failed=

check() { # check NAME COMMAND...
  name=$1
  shift
  if output=$("$@" 2>&1); then
    echo "  ok      $name"
  else
    echo "  FAILED  $name"
    printf '%s\n' "$output" | head -n 80 | sed 's/^/    | /'
    failed="$failed $name"
  fi
}

sources() { git ls-files -co --exclude-standard "$@"; }
c_files() { sources 'src/*.c' 'src/*.h' 'include/*.h' 'tests/*.c' 'tests/*.h'; }
export CC B JOBS LINT_CFLAGS

format() { c_files | xargs clang-format --dry-run -Werror; }
floors() { sources 'src/*.c' 'src/*.h' 'include/*.h' | xargs awk -f $here/floors.awk $here/floors.txt; }
# ui/ has one file that includes curses; nothing else does, under any of its names.
one_curses() {
  found=$(sources 'src/*' 'include/*' | xargs grep -lE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"](ncursesw?/)?(n?curses|term)\.h[>"]')
  case $found in
  src/ui/*.c) [ "$(echo "$found" | wc -l)" -eq 1 ] && return 0 ;;
  esac
  echo "curses is included by:"
  echo "${found:-nobody}"
  return 1
}
shell() {
  status=0
  for f in $(sources '*.sh'); do sh -n "$f" || status=1; done
  bash -n .ci/run || status=1
  return $status
}
manual() {
  mandoc -Tlint -W warning doc/weir.1 doc/weir-filter.7 doc/weir-rules.5 || return 1
  for page in doc/weir.1 doc/weir-filter.7 doc/weir-rules.5; do
    "$B/src/man" $page | diff -u $page - || { echo "$page and the tables differ: make man"; return 1; }
  done
  "$B/src/man" keys | diff -u doc/keys.md - || {
    echo "doc/keys.md and the tables differ: make man"
    return 1
  }
}
tidy() {
  sources 'src/*.c' | xargs -P "$JOBS" -n 4 sh $here/tidy.sh
}
check_cppcheck() {
  mkdir -p "$B/cppcheck"
  cppcheck --quiet --std=c11 --language=c -j "$JOBS" --cppcheck-build-dir="$B/cppcheck" --error-exitcode=1 --inline-suppr \
    --enable=warning,performance,portability --suppressions-list=$here/cppcheck.txt \
    -D_GNU_SOURCE -D__linux__ -D__GLIBC__ -DLLHTTP_STRICT_MODE=1 -Iinclude -Isrc src
}

check "format" format
check "include floors" floors
check "one includer of curses" one_curses
check "no curses below ui" sh $here/symbols.sh
check "headers compile alone" sh $here/headers.sh
check "forbidden calls" sh $here/calls.sh
check "words" sh $here/words.sh
check "length" sh $here/length.sh
check "shell scripts" shell
check "manual page and keys" manual
check "protocol page" sh $here/protocol.sh
check "cppcheck" check_cppcheck
check "clang-tidy" tidy

[ -z "$failed" ] || { echo "lint failed:$failed"; exit 1; }
echo "lint: all is well"
