#!/bin/sh
# Turns a folder into a qcow2 disk that a BIOS boots: one MBR partition with ext4 at sector 2048, and GRUB before it.
# Nothing is mounted and no loop device is needed. GRUB reads /boot/grub/grub.cfg of the folder.
#
# usage: bootable-disk.sh ROOT_FOLDER OUT.qcow2 SIZE     (SIZE as truncate understands it: 3G, 64M)
set -eu

root=$1
out=$2
size=$3
raw=$out.raw
grub=/usr/lib/grub/i386-pc
first_sector=2048
partition_offset=$((first_sector * 512))

cleanup() { rm -f "$raw" "$out.core"; }
trap cleanup EXIT

rm -f "$raw"
truncate -s "$size" "$raw"
printf 'label: dos\nstart=%s, type=83, bootable\n' "$first_sector" | sfdisk --quiet "$raw"

# GRUB 2.06 cannot read file systems with these two features, which some mke2fs turn on by default.
partition_kib=$((($(stat -c %s "$raw") - partition_offset) / 1024))
mkfs.ext4 -q -F -L root -O ^metadata_csum_seed,^orphan_file -d "$root" -E "offset=$partition_offset" "$raw" "${partition_kib}k"

# What grub-install does, on a file: the boot record (440 bytes, before the partition table) loads the core from the
# sectors after it, and the core finds its configuration in the partition.
grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o "$out.core" \
  biosdisk part_msdos ext2 normal linux16 serial terminal minicmd configfile search search_label echo
dd if="$grub/boot.img" of="$raw" bs=440 count=1 conv=notrunc status=none
dd if="$out.core" of="$raw" bs=512 seek=1 conv=notrunc status=none

qemu-img convert -f raw -O qcow2 "$raw" "$out"
