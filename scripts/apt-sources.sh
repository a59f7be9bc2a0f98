#!/bin/sh
# Writes apt sources for a suite of Debian into a folder, made of the host's own: a machine that reaches Debian through
# a mirror or a snapshot gets every suite from there. Where the host names no archive of Debian, deb.debian.org it is.
#
# usage: apt-sources.sh SUITE FOLDER [ETC]     (the folder is made, its files are named as apt wants them; ETC is /etc)
set -eu

suite=$1
folder=$2
etc=${3:-/etc}
# shellcheck source=/dev/null
host=$(. "$etc/os-release" && echo "${VERSION_CODENAME:-}")
mkdir -p "$folder"

# Reads what apt takes as a unit (a line, or a stanza of the newer format), prints it for the other suite. Other
# vendors' archives also name the host's suite, but no "debian", or no component "main", or a suite such as
# "bookworm-pgdg". Those of "testing" for updates and security are empty. Source packages are nobody's need.
rewrite='
{ gsub(/deb-src/, "") }
!/(^|\n)(Types:)?[ \t]*deb([ \t\n]|$)/ { next }
!/debian/ || !/[[:space:]]main([[:space:]]|$)/ { next }
$0 !~ ("[[:space:]]" host "(-updates|-security)?([[:space:]]|$)") { next }
suite == "testing" { gsub("[[:space:]]+" host "-[a-z-]+", "") }
gsub("[[:space:]]" host, " " suite) { print $0 (RS == "" ? "\n" : "") }'
number=0
for file in "$etc"/apt/sources.list "$etc"/apt/sources.list.d/*.list "$etc"/apt/sources.list.d/*.sources; do
  [ -f "$file" ] && [ -n "$host" ] || continue
  case $file in
  *.list) kind=list separator='\n' ;;
  *) kind=sources separator= ;;
  esac
  number=$((number + 1))
  out=$folder/$number.$kind
  sed '/^[[:space:]]*#/d' "$file" | awk -v RS="$separator" -v host="$host" -v suite="$suite" "$rewrite" >"$out"
  [ -s "$out" ] || rm "$out"
done

for file in "$folder"/*; do [ ! -f "$file" ] || exit 0; done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
line() { echo "deb [signed-by=$keyring] http://deb.debian.org/$1 $2 main"; }
{
  line debian "$suite"
  [ "$suite" = testing ] || line debian "$suite-updates"
  [ "$suite" = testing ] || line debian-security "$suite-security"
} >"$folder/debian.list"
