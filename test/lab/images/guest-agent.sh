#!/bin/sh
# Makes a folder that is an apt repository with a suite's QEMU guest agent and all that it needs: what a mirror is to
# guests of a LAN without a way to the Internet. Nobody signs it, so guests have to be told to trust it:
# deb [trusted=yes] http://HOST/ ./
#
# usage: guest-agent.sh WORK_FOLDER OUT_FOLDER SUITE APT_FOLDER
set -eu

root=$1/root
repository=$1/repository
out=$2
suite=$3
apt=$4

mkdir "$repository"
# shellcheck disable=SC2016 # The hook's shell expands it.
REPOSITORY=$repository mmdebstrap --quiet --aptopt="$apt/apt.conf" --variant=extract --format=directory \
  --include=qemu-guest-agent --extract-hook='cp "$1"/var/cache/apt/archives/*.deb "$REPOSITORY"' \
  "$suite" "$root" "$apt"/sources/*

# See deb-control(5) and https://wiki.debian.org/DebianRepository/Format.
cd "$repository"
for package in *.deb; do
  dpkg-deb --field "$package"
  echo "Filename: ./$package"
  echo "Size: $(stat -c %s "$package")"
  printf 'SHA256: %s\n\n' "$(sha256sum "$package" | cut -d ' ' -f 1)"
done >Packages
{
  echo "Date: $(LC_ALL=C date -Ru | sed 's/+0000$/UTC/')"
  printf 'SHA256:\n %s %s Packages\n' "$(sha256sum Packages | cut -d ' ' -f 1)" "$(stat -c %s Packages)"
} >Release
chmod -R a+rX .

mv "$repository" "$out"
