#!/bin/sh
# Runs inside a lab's namespaces: makes its LAN and waits for the end of standard input. See hold.sh.
#
# usage: lan.sh FOLDER
set -eu
trap '' INT TERM HUP

folder=$1

mount --rbind "$folder/cgroup" /sys/fs/cgroup
mount --bind "$folder/qemu" /etc/qemu

ip link set lo up
ip link add br0 type bridge forward_delay 0 stp_state 0
ip addr add 10.77.0.1/24 dev br0
ip link set br0 up

echo "ready $$"
cat >/dev/null
