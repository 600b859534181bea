#!/bin/sh
# Marks of unfinished work, and words that say nothing in names of files, types and functions.
set -u
status=0
files=$(git ls-files -co --exclude-standard | grep -vE '^(tests/(lint|data|fuzz/corpus|screen/golden)/|screenshots/)')
found=$(grep -nwIE 'TODO|FIXME|XXX|HACK|WIP' $files)
[ -z "$found" ] || { echo "$found"; status=1; }
found=$(echo "$files" | grep -iE '(manager|helper|utils?|context|handle)[^/]*$')
[ -z "$found" ] || { echo "$found" | sed 's/$/: says nothing about what it is/'; status=1; }
found=$(grep -nE '^(struct|enum) [a-z_]*(manager|helper|util|context|handle)[a-z_]* *\{' $(echo "$files" | grep -E '^(src|include)/'))
[ -z "$found" ] || { echo "$found"; status=1; }
exit $status
