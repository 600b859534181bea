#!/bin/sh
# clang-tidy over some files; what it found comes out whole, its own counting does not.
out=$(clang-tidy --quiet --warnings-as-errors='*' "$@" -- $LINT_CFLAGS -Wno-unknown-warning-option 2>/dev/null) && exit 0
printf '%s\n' "$out"
exit 1
