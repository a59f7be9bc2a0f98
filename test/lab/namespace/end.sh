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

# Nomad's cgroups, below a parent that has the lab's name (cgroup v2, then each controller of v1).
for parent in "/sys/fs/cgroup/$name" /sys/fs/cgroup/*/"$name"; do
  [ ! -d "$parent" ] || find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null || true
done

[ -n "${NOMAD_VM_LAB_KEEP:-}" ] || rm -rf "$folder"
