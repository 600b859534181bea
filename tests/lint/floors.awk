# floors.txt first, then sources. Prints each include that climbs, or that goes to another folder of the same floor.
function folder_of(path) {
  if (path == "src/main.c" || path == "src/man.c") return "main"
  sub(/^src\//, "", path)
  sub(/^include\/weir\//, "", path)
  return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "?"
}
FILENAME ~ /floors\.txt$/ { if ($0 !~ /^#/ && NF == 2) floor[$1] = $2; next }
FNR == 1 {
  from = folder_of(FILENAME)
  if (!(from in floor)) { print FILENAME ": its folder is on no floor"; bad = 1 }
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
  split($0, part, "\"")
  name = part[2]
  private = name !~ /^weir\//
  sub(/^weir\//, "", name)
  to = index(name, "/") ? substr(name, 1, index(name, "/") - 1) : from
  where = FILENAME ":" FNR ": "
  if (!(to in floor)) { print where "no such folder: " name; bad = 1 }
  else if (private && to != from) { print where name " is private to " to "/"; bad = 1 }
  else if (to != from && floor[to] >= floor[from]) {
    print where from "/ (floor " floor[from] ") may not include " to "/ (floor " floor[to] ")"; bad = 1
  }
}
/^[ \t]*#[ \t]*include[ \t]*</ {
  split($0, part, /[<>]/)
  # Libraries live in one folder each, so that another can take their place.
  if (part[2] ~ /^llhttp/ && from != "http") { print FILENAME ":" FNR ": llhttp belongs to http/"; bad = 1 }
  if (part[2] ~ /^ares/ && from != "io") { print FILENAME ":" FNR ": c-ares belongs to io/"; bad = 1 }
  if (part[2] ~ /^openssl/ && from != "tls") { print FILENAME ":" FNR ": OpenSSL belongs to tls/"; bad = 1 }
  if (part[2] ~ /^(zlib|zstd|brotli)/ && from != "body") { print FILENAME ":" FNR ": " part[2] " belongs to body/"; bad = 1 }
}
END { exit bad }
