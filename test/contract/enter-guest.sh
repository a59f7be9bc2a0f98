#!/bin/sh
# Runs a command in a folder made by cloud-init.sh as if it were a guest: with this SMBIOS serial, its own processes,
# devices, /run and /tmp, and a /var/lib/cloud that stays from boot to boot. Only the network is the host's. Nothing
# else of the folder can be written to.
#
# usage: unshare --mount --pid --uts --fork --kill-child sh enter-guest.sh ROOT STATE_FOLDER SERIAL COMMAND [ARGUMENT…]
set -eu

root=$1
state=$2
serial=$3
shift 3

mount --bind "$root" "$root"
for folder in dev run sys tmp var/log; do mount -t tmpfs tmpfs "$root/$folder"; done
mount --bind "$state" "$root/var/lib/cloud"
mount -o remount,bind,ro "$root"

mkdir -p "$root/sys/class/dmi/id"
printf '%s\n' "$serial" >"$root/sys/class/dmi/id/product_serial"
for device in null urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
# cloud-init looks for seeds in the kernel's command line, too, and the host's is none of its business.
mount -t proc proc "$root/proc"
echo 'root=LABEL=root ro' >"$root/tmp/cmdline"
mount --bind "$root/tmp/cmdline" "$root/proc/cmdline"

exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 chroot "$root" "$@"
