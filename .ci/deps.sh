#!/bin/sh
# Installs the Debian packages that a target needs and that are missing: deps.sh SET...
# Quick when nothing is missing (one dpkg-query). "a|b": either will do; the first that this Debian has is installed, b
# being the older name.
set -eu

run='libc6-dev pkg-config|pkgconf libssl-dev libncurses-dev libc-ares-dev libpcre2-dev zlib1g-dev libbrotli-dev libzstd-dev
libutf8proc-dev libyaml-dev libpsl-dev uthash-dev libllhttp-dev|node-llhttp libpng-dev libjpeg62-turbo-dev libwebp-dev libgif-dev libvterm-dev'
test='libcmocka-dev libjansson-dev curl nginx-light openssl libnss3-tools nodejs python3 python3-requests wget git nano vim-tiny chromium mitmproxy nftables iproute2 netcat-openbsd'
lint='clang clang-tidy clang-format cppcheck mandoc'
bench='nginx-light mitmproxy squid-openssl sslsplit tig htop'
fuzz='clang libclang-rt-dev|libclang-rt-14-dev'
shots='tmux python3 librsvg2-bin fonts-jetbrains-mono fonts-dejavu-core fonts-vlgothic optipng'

wanted=
for set in "$@"; do
  case $set in
  run) wanted="$wanted $run" ;;
  test) wanted="$wanted $test" ;;
  lint) wanted="$wanted $lint" ;;
  bench) wanted="$wanted $bench" ;;
  fuzz) wanted="$wanted $fuzz" ;;
  shots) wanted="$wanted $shots" ;;
  *) echo "deps.sh: no set of packages is called $set" >&2; exit 2 ;;
  esac
done
[ -n "$wanted" ] || exit 0

pick() { # of "a|b" the one that apt knows; where it knows neither (no lists yet), the one of this release
  for name in $(echo "$1" | tr '|' ' '); do
    if apt-cache show "$name" 2>/dev/null | grep -q '^Version:'; then
      echo "$name"
      return
    fi
  done
  if grep -q '^VERSION_ID="\?12' /etc/os-release 2>/dev/null; then echo "${1##*|}"; else echo "${1%%|*}"; fi
}

names() {
  for entry in "$@"; do printf ' %s' "$(pick "$entry")"; done
}

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
  {
    echo "weir: this is not a Debian system, so nothing is installed by itself. On Debian one would type:"
    echo "  apt-get install --no-install-recommends$(names $wanted)"
    echo "Install the same libraries under their names here, then type: make DEPS=no ${GOAL:-}"
  } >&2
  exit 1
fi

installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $(echo "$wanted" | tr '|' ' ') 2>/dev/null |
  sed -n 's/^installed //p' | tr '\n' ' ') "
missing=
for entry in $wanted; do
  found=
  for name in $(echo "$entry" | tr '|' ' '); do
    case $installed in *" $name "*) found=yes ;; esac
  done
  [ -n "$found" ] || missing="$missing $entry"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  {
    echo "weir: packages are missing, and there is neither root nor sudo to install them. As root, type:"
    echo "  apt-get update && apt-get install -y --no-install-recommends$(names $missing)"
  } >&2
  exit 1
fi

echo "weir: apt-get update, for packages are missing"
if ! $as_root apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null; then
  echo "weir: apt-get update failed; going on with the lists that are there" >&2
fi
packages=$(names $missing)
echo "weir: apt-get install$packages"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
  install --no-install-recommends $packages
