#!/bin/sh
# libweir.a needs no symbol that curses or terminfo defines.
set -eu
lib=$B/libweir.a
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nm -g "$lib" 2>/dev/null | awk 'NF == 3 && $2 != "U" { print $3 }' | sort -u >"$tmp/defined"
nm -g "$lib" 2>/dev/null | awk '$1 == "U" { print $2 }' | sort -u | comm -23 - "$tmp/defined" >"$tmp/wanted"
for name in ncursesw tinfo; do
  so=$("$CC" -print-file-name=lib$name.so.6)
  [ -e "$so" ] || so=$("$CC" -print-file-name=lib$name.so)
  nm -D --defined-only "$so" | awk '{ sub(/@.*/, "", $3); print $3 }'
done | sort -u >"$tmp/curses"
[ -s "$tmp/curses" ] && [ -s "$tmp/wanted" ] || { echo "nm told nothing"; exit 1; }
found=$(comm -12 "$tmp/wanted" "$tmp/curses")
[ -z "$found" ] || { echo "$lib needs from curses:"; echo "$found"; exit 1; }
