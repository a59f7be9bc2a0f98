#!/bin/sh
# Prints the host's own apt source files that name Debian's main archive for a suite, one path a line: a machine
# that reaches Debian through a mirror or a snapshot builds its images from there too. Prints nothing where the host
# runs another suite; mmdebstrap then takes deb.debian.org.
#
# usage: apt-sources.sh SUITE
set -eu

suite=$1
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  # Other vendors' archives also name the suite, but have no component called main.
  entries=$(grep -v '^[[:space:]]*#' "$file" || true)
  printf '%s\n' "$entries" | grep -qw -- "$suite" || continue
  printf '%s\n' "$entries" | grep -qE '(^|[[:space:]])main([[:space:]]|$)' || continue
  printf '%s\n' "$file"
done
