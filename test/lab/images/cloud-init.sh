#!/bin/sh
# Makes a folder with a suite's cloud-init, the Python it runs on and what both need, unpacked and not installed: a root
# to run cloud-init's own code in, as a guest would.
#
# usage: cloud-init.sh WORK_FOLDER OUT_FOLDER SUITE APT_FOLDER
set -eu

root=$1/root
out=$2
suite=$3
apt=$4

mmdebstrap --quiet --aptopt="$apt/apt.conf" --variant=extract --format=directory \
  --include=cloud-init,base-files,dash,coreutils,util-linux,grep,sed,mtools "$suite" "$root" "$apt"/sources/*
rm -rf "$root"/etc/apt "$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/locale "$root"/usr/share/i18n
# It would say that whoever runs in this folder is in a container, where cloud-init does not look at the SMBIOS.
rm -f "$root/usr/bin/systemd-detect-virt"

# What the packages' scripts would have made.
for folder in bin sbin lib lib64; do [ -e "$root/$folder" ] || ln -s "usr/$folder" "$root/$folder"; done
[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
printf 'root:x:0:\nadm:x:4:\n' >"$root/etc/group"
chroot "$root" python3 -m compileall -q /usr/lib
mkdir -p "$root/dev" "$root/proc" "$root/run" "$root/sys" "$root/tmp" "$root/var/lib/cloud" "$root/var/log"

mv "$root" "$out"
