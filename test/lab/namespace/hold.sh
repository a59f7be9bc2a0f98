#!/bin/sh
# Holds one lab: makes its network namespace, keeps it while standard input is open, then ends everything in it and
# removes it. Whoever starts a lab keeps the other end of that pipe, so a lab goes down with its owner however the
# owner ends. Prints "ready PID" when the LAN is up; PID is the process whose namespaces the lab's processes join.
#
# usage: hold.sh NAME FOLDER
set -eu
trap '' INT TERM HUP

name=$1
folder=$2
here=$(dirname "$0")

finish() { sh "$here/end.sh" "$name" "$folder"; }
trap finish EXIT

mkdir -p "$folder/cgroup" "$folder/qemu" /etc/qemu
echo "allow br0" >"$folder/qemu/bridge.conf"
# Field 22 of /proc/PID/stat tells this process from a later one with the same number.
echo "$$ $(cut -d ' ' -f 22 /proc/$$/stat)" >"$folder/holder"
ip netns add "$name"
# "ip netns exec" mounts a new /sys, with the namespace's network devices and without cgroups. The copy of the cgroup
# tree is made in a mount namespace of our own, so that the host never sees it.
unshare --mount --propagation slave sh -c \
  'mount --rbind /sys/fs/cgroup "$2/cgroup" && exec ip netns exec "$1" sh "$3/lan.sh" "$2"' sh "$name" "$folder" "$here"
