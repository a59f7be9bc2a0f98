#!/bin/sh
# Builds the tiny guest: Debian's cloud kernel and an initramfs of busybox, qemu's guest agent and the script
# tiny-init, on a disk that boots like any other (BIOS, GRUB, serial console).
#
# usage: tiny.sh WORK_FOLDER OUT.qcow2 SUITE APT_FOLDER
set -eu

work=$1
out=$2
suite=$3
apt=$4
here=$(dirname "$0")
debian=$work/debian
guest=$work/guest
disk=$work/disk

# Debian's packages, unpacked and not installed.
mmdebstrap --quiet --aptopt="$apt/apt.conf" --variant=extract --format=directory \
  --include=linux-image-cloud-amd64,busybox-static,qemu-guest-agent,libc-bin "$suite" "$debian" "$apt"/sources/*

kernel=$(ls "$debian/lib/modules")
mkdir -p "$guest/bin" "$guest/sbin" "$guest/lib/modules" "$guest/etc" "$guest/proc" "$guest/sys" "$guest/dev" \
  "$guest/run" "$guest/tmp" "$guest/var/run" "$guest/var/log" "$disk/boot/grub"

# Busybox with a link for each of its commands.
cp "$debian/bin/busybox" "$guest/bin/busybox"
for command in $("$guest/bin/busybox" --list); do
  [ "$command" = busybox ] || ln -s busybox "$guest/bin/$command"
done

# The drivers of virtual hardware, and what they need, in loading order.
"$guest/bin/busybox" depmod -b "$debian" "$kernel" 2>/dev/null || depmod -b "$debian" "$kernel"
dependencies=$debian/lib/modules/$kernel/modules.dep
load() {
  line=$(grep -E "(^|/)$1\.ko[^:]*:" "$dependencies") || return 0 # built into this kernel
  # modules.dep names what a module needs in reverse loading order.
  for module in $(printf '%s\n' "$line" | tr -d ':' | tr ' ' '\n' | tac); do
    name=$(basename "$module")
    [ -e "$guest/lib/modules/$name" ] && continue
    cp "$debian/lib/modules/$kernel/$module" "$guest/lib/modules/$name"
    printf '%s\n' "$name" >>"$guest/lib/modules/order"
  done
}
for module in virtio_pci virtio_net virtio_blk virtio_console virtio_rng virtio_balloon pvpanic-mmio button evdev \
  af_packet vfat nls_cp437 nls_ascii; do
  load "$module"
done

# The guest agent with its libraries, found by Debian's own loader.
cp "$debian/usr/sbin/qemu-ga" "$guest/sbin/qemu-ga"
chroot "$debian" /lib64/ld-linux-x86-64.so.2 --list /usr/sbin/qemu-ga | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$guest$(dirname "$library")"
  cp -L "$debian$library" "$guest$library"
done

cp "$here/tiny-init" "$guest/init"
for command in "$here"/tiny-commands/*; do cp "$command" "$guest/sbin/"; done
chmod 0755 "$guest/init" "$guest"/sbin/*

(cd "$guest" && find . | sort | cpio --quiet -o -H newc -R 0:0) | zstd -q -19 -T0 -o "$disk/boot/initrd"
cp "$debian/boot/vmlinuz-$kernel" "$disk/boot/vmlinuz"
cp "$here/tiny-grub.cfg" "$disk/boot/grub/grub.cfg"

sh "$here/bootable-disk.sh" "$disk" "$out" 64M
