#!/bin/sh
# Ends every process of one lab and removes its namespace, its cgroups and its folder. What is not there any more is
# no error. With NOMAD_VM_LAB_KEEP set, the folder with the logs stays.
#
# usage: end.sh NAME FOLDER
set -eu

name=$1
folder=$2

# Only what lives in the lab's own network namespace. A process that is just being started by another one may escape
# the first round, hence the rounds.
round=0
while [ "$round" -lt 100 ]; do
  pids=$(ip netns pids "$name" 2>/dev/null || true)
  [ -n "$pids" ] || break
  # shellcheck disable=SC2086 # one word per pid
  kill -KILL $pids 2>/dev/null || true
  sleep 0.05
  round=$((round + 1))
done
ip netns del "$name" 2>/dev/null || true

# Nomad's cgroups: with cgroup v2 below a parent that has the lab's name; with v1 below one that all agents of the host
# share, each with an allocation's name.
[ ! -d "/sys/fs/cgroup/$name" ] || find "/sys/fs/cgroup/$name" -depth -type d -exec rmdir {} + 2>/dev/null || true
for allocation in "$folder"/*/data/alloc/*; do
  for group in /sys/fs/cgroup/*/nomad/"${allocation##*/}".* /sys/fs/cgroup/*/nomad/*/"${allocation##*/}".*; do
    [ ! -d "$group" ] || rmdir "$group" 2>/dev/null || true
  done
done

if [ -n "${NOMAD_VM_LAB_KEEP:-}" ]; then
  rm -f "$folder/holder" # nobody's any more
else
  rm -rf "$folder"
fi
