#!/bin/sh
# doc/protocol.md: every line of a table names the tests that show it (`FILE: NAME` below tests/), or says `later`, and
# those tests exist.
set -u
page=${1:-doc/protocol.md}

exists() { # exists FILE NAME
  [ -f "tests/$1" ] || return 1
  case $1 in
  *.wire) awk -v want="## $2" 'index($0, want) == 1 { found = 1 } END { exit !found }' "tests/$1" ;;
  *) grep -qE "^static void $2\(void \*\*" "tests/$1" ;;
  esac
}

awk -f "${0%.sh}.awk" "$page" | {
  status=0 rows=0
  while IFS='|' read -r line file name; do
    rows=$((rows + 1))
    case $file in
    later) continue ;;
    '') echo "$page:$line: $name" ;;
    *) exists "$file" "$name" && continue
       echo "$page:$line: there is no test tests/$file: $name" ;;
    esac
    status=1
  done
  [ "$rows" -gt 200 ] || { echo "$page: only $rows lines were found"; status=1; }
  exit $status
}
