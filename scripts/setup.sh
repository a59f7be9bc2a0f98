#!/bin/sh
# Installs what the demo and the tests need and a machine lacks. Says what before it does; does nothing, in some
# milliseconds, where all is there. Written for Debian 12; elsewhere it says which commands are missing.
#
# usage: setup.sh all | [npm] [debian] [nomad] [nginx]     each names something that must be there afterwards
set -eu
cd "$(dirname "$0")/.."

fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}
say() { printf 'setup: %s\n' "$*"; }

# --- npm packages, and with them the Node that runs our sources -------------------------------------------------

# npm ci writes no mark of its own that tells which lock file it followed.
npm_stamp=node_modules/.lock-file-hash

need_npm() {
  hash=$(sha256sum <package-lock.json)
  if [ "$(cat "$npm_stamp" 2>/dev/null)" = "$hash" ] && node_modules/.bin/node --version >/dev/null 2>&1; then return; fi
  command -v npm >/dev/null || fail 'cannot install npm packages: there is no "npm"; install Node 18 or later with npm'
  say 'installing npm packages as package-lock.json names them, Node among them (npm ci)'
  log=$(mktemp)
  if ! npm ci --no-audit --no-fund >"$log" 2>&1; then
    # Its first lines say what is wrong, the later ones how npm is used.
    reason=$(sed -n 's/^npm error //p' "$log" | grep -v 'A complete log' | head -n 4 | tr '\n' ' ')
    rm -f "$log"
    fail "cannot install npm packages from $(npm config get registry 2>/dev/null): ${reason:-npm ci failed}"
  fi
  rm -f "$log"
  # The package "node" fetches the executable in an install script, which some npm configurations skip.
  node_modules/.bin/node --version >/dev/null 2>&1 || npm rebuild node esbuild >/dev/null 2>&1 || true
  node_modules/.bin/node --version >/dev/null 2>&1 ||
    fail 'cannot run node_modules/.bin/node: its install script did not run; check that npm has no ignore-scripts, then "npm rebuild node"'
  printf '%s' "$hash" >"$npm_stamp"
}

# --- Debian packages ------------------------------------------------------------------------------------------------

# PACKAGE FILE: the package is there if the file is, wherever it came from.
debian_packages='
qemu-system-x86  /usr/bin/qemu-system-x86_64
qemu-utils       /usr/bin/qemu-img
dnsmasq-base     /usr/sbin/dnsmasq
iproute2         /bin/ip
util-linux       /usr/bin/nsenter
openssh-client   /usr/bin/ssh
openssl          /usr/bin/openssl
systemd          /usr/bin/systemd-analyze
libatomic1       /usr/lib/x86_64-linux-gnu/libatomic.so.1
mmdebstrap       /usr/bin/mmdebstrap
e2fsprogs        /sbin/mkfs.ext4
fdisk            /sbin/sfdisk
grub-common      /usr/bin/grub-mkimage
grub-pc-bin      /usr/lib/grub/i386-pc/boot.img
busybox-static   /bin/busybox
cpio             /usr/bin/cpio
zstd             /usr/bin/zstd
debian-archive-keyring  /usr/share/keyrings/debian-archive-trixie-stable.gpg
procps           /usr/bin/pgrep
binutils         /usr/bin/strip
dosfstools       /sbin/fsck.fat
mtools           /usr/bin/mcopy
chromium         /usr/bin/chromium
'

need_debian() {
  install_packages "$debian_packages"
  mkdir -p /etc/qemu # where the lab mounts its own bridge.conf
}

# What building Nomad needs beside Go, where there is no Nomad to be had.
need_nomad() {
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/nomad-driver-vm
  version=${NOMAD_VERSION:-$(sed -n 's/.*"nomad": *"\([^"]*\)".*/\1/p' versions.json)}
  [ -z "${NOMAD_BIN:-}" ] || return 0
  [ -n "${NOMAD_VERSION:-}" ] || ! command -v nomad >/dev/null || return 0
  [ ! -x "$cache/nomad-$version/nomad" ] || return 0
  command -v go >/dev/null || fail "there is no Nomad, and no Go to build it with: install Go 1.21 or later \
(https://go.dev/dl) or Nomad (https://developer.hashicorp.com/nomad/install), or set NOMAD_BIN"
  install_packages 'gcc /usr/bin/gcc
libc6-dev /usr/include/stdio.h'
}

# For benchmarks only, so not part of "all". Unpacked into the cache: installing it would start a web server.
need_nginx() {
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/nomad-driver-vm
  [ ! -x /usr/sbin/nginx ] && [ ! -x "$cache/nginx/usr/sbin/nginx" ] || return 0
  say "unpacking Debian's nginx into $cache/nginx"
  rm -rf "$cache/nginx-new"
  mkdir -p "$cache/nginx-new"
  if ! (cd "$cache/nginx-new" && { apt-get download nginx || { apt-get update && apt-get download nginx; }; } &&
    dpkg-deb -x nginx_*.deb .) >/dev/null 2>&1 || ! "$cache/nginx-new/usr/sbin/nginx" -v 2>/dev/null; then
    fail 'cannot fetch nginx: install it ("apt-get install nginx-light")'
  fi
  rm -rf "$cache/nginx"
  mv "$cache/nginx-new" "$cache/nginx"
}

install_packages() {
  missing=$(printf '%s\n' "$1" | while read -r package file; do
    [ -z "$package" ] || [ -e "$file" ] || printf '%s ' "$package"
  done)
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "cannot install packages: there is no \"apt-get\"; install what these Debian packages hold: $missing"
  say "installing Debian packages: $missing"
  log=$(mktemp)
  # shellcheck disable=SC2086 # one word per package
  if ! { apt-get -o Acquire::Retries=3 update && DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y \
    --no-install-recommends $missing; } >"$log" 2>&1; then
    reason=$(grep -E '^(E|W|Err)[: ]' "$log" | tail -n 2 | tr '\n' ' ')
    rm -f "$log"
    fail "cannot install Debian packages ($missing): $reason"
  fi
  rm -f "$log"
}

# --- what cannot be installed ---------------------------------------------------------------------------------------

need_root() {
  [ "$(id -u)" = 0 ] || fail "network namespaces, bridges and guests need root, and this is user \"$(id -un)\": run it with sudo"
}

# Tried out, as a kernel's modules or a container's rights may forbid it. Needs iproute2.
need_bridges() {
  unshare --net ip link add br-try type bridge 2>/dev/null ||
    fail 'cannot make a bridge in a network namespace: the kernel has no bridge support, or this container may not use it'
  [ -c /dev/net/tun ] || fail 'there is no /dev/net/tun, which guests need to join a bridge: load the module with "modprobe tun"'
}

[ "${1:-}" != all ] || set -- npm debian nomad
[ "$#" -gt 0 ] || fail 'nothing asked for; usage: setup.sh all | [npm] [debian] [nomad] [nginx]'
# First what needs no network to find out.
case " $* " in *' debian '*) need_root ;; esac

for need in "$@"; do
  case $need in
  npm) need_npm ;;
  debian)
    need_debian
    need_bridges
    ;;
  nomad) need_nomad ;;
  nginx) need_nginx ;;
  *) fail "unknown need \"$need\"; known: all, npm, debian, nomad, nginx" ;;
  esac
done
