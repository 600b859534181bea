# Reads the tables of doc/protocol.md: one line of output for each test named: LINE|FILE|NAME, or LINE|later|,
# or LINE||COMPLAINT where a row names neither.
BEGIN { FS = " \\| "; OFS = "|" }
!/^\|/ || /^\|[-| ]*\|$/ || /^\| what \|/ { next }
{
  shown = $NF
  sub(/ *\|$/, "", shown)
  if (NF != 3) { print NR, "", "a row has three columns, this one has " NF; next }
  if (shown == "later") { print NR, "later", ""; next }
  n = split(shown, tests, /<br>/)
  if (n == 0) print NR, "", "no test is named, and not `later`"
  for (i = 1; i <= n; i++) {
    t = tests[i]
    if (t !~ /^`.+`$/) { print NR, "", "neither a test in backticks nor `later`: " t; continue }
    t = substr(t, 2, length(t) - 2)
    colon = index(t, ": ")
    if (colon) print NR, substr(t, 1, colon - 1), substr(t, colon + 2)
    else print NR, "", "no name behind the file: " t
  }
}
