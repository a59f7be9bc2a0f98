#!/bin/sh
# Builds a Debian image that behaves as a vendor's "genericcloud" image does: cloud-init finds its datasource by
# itself, the first NIC is configured by DHCP unless the seed says otherwise, the serial console is the console, the
# root file system grows to the disk, nobody can log in until a seed says who.
#
# usage: debian.sh WORK_FOLDER OUT.qcow2 SUITE APT_FOLDER
set -eu

work=$1
out=$2
suite=$3
apt=$4
here=$(dirname "$0")
root=$work/root
packages=linux-image-cloud-amd64,systemd-sysv,systemd-resolved,dbus,udev,cloud-init,cloud-guest-utils,netplan.io,locales
packages=$packages,openssh-server,sudo,iproute2,iputils-ping,ca-certificates,curl,less,nano

mmdebstrap --quiet --aptopt="$apt/apt.conf" --variant=minbase --format=directory --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$root" "$apt"/sources/*

# Nothing of the building host stays in the image.
rm -rf "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/hostname "$root"/etc/resolv.conf "$root"/var/lib/dbus/machine-id
cat >"$root/etc/apt/sources.list" <<END
deb http://deb.debian.org/debian $suite main
deb http://deb.debian.org/debian $suite-updates main
deb http://deb.debian.org/debian-security $suite-security main
END
ln -s ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
# "uninitialized" makes systemd take the first boot as one: https://systemd.io/BUILDING_IMAGES
echo uninitialized >"$root/etc/machine-id"
echo 'LABEL=root / ext4 rw,discard,errors=remount-ro 0 1' >"$root/etc/fstab"
echo LANG=C.UTF-8 >"$root/etc/default/locale"
echo localhost >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"

mkdir -p "$root/boot/grub"
cp "$here/debian-grub.cfg" "$root/boot/grub/grub.cfg"

sh "$here/bootable-disk.sh" "$root" "$out" 3G
