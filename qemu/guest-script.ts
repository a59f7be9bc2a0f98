/** Ends what STREAM_SCRIPT started, politely first, and removes its folder. Parameters: folder, process id of the script. */
const END_FUNCTION = `
end() {
  if pid=$(cat "$1/pid"); then
    kill -TERM -"$pid" || kill -TERM "$pid"
    tries=0
    while kill -0 "$pid" && [ "$tries" -lt 20 ]; do
      tries=$((tries + 1))
      sleep 0.1
    done
    kill -KILL -"$pid" || kill -KILL "$pid"
  fi
  kill -TERM "$2"
  rm -rf "$1"
}
`;

/**
 * Runs a command inside a guest so that its streams can be followed while it runs: guest-exec gives output only at the
 * end and takes input only at the start. Output goes into numbered files of at most 1 MiB, which are read with
 * guest-file-read; input comes through a FIFO, which is written with guest-file-write.
 *
 * Parameters: folder to make, named PREFIX-OWNER-ANYTHING; command, its arguments. Needs a POSIX shell, dd, mkfifo
 * and sleep: busybox has them.
 *
 * - Output does not go through a FIFO: guest-file-read loses what it has read when the next byte is not there yet.
 * - dd, not cat: it writes what it has read at once, and can be told when to stop. The file that is one behind the
 *   current must have been emptied by the reader before another is begun, so a slow reader slows the command down.
 *   After ten minutes without a reader the command gets SIGPIPE.
 * - What other owners have left is ended first: they were plugin processes that died, as a VM has one at a time. A
 *   process id may be another's by now, so nothing is ended but a script that names its folder on its command line.
 * - The command leads a session of its own where the guest has setsid, so that all of it can be ended.
 */
export const STREAM_SCRIPT = `${END_FUNCTION}
d=$1
shift
umask 077
export PATH="\${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
mkdir "$d" && mkfifo "$d/out" "$d/err" "$d/in" || exit 125
echo $$ >"$d/script"
end_others() {
  for other in "\${d%-*-*}"-*; do
    case $other in "\${d%-*}"-*) continue ;; esac
    script=$(cat "$other/script")
    if tr '\\0' ' ' <"/proc/$script/cmdline" | grep -qF " $other "; then
      end "$other" "$script"
    else
      rm -rf "$other"
    fi
  done
}
# Not waited for, and without the command's streams.
(end_others &) </dev/null >/dev/null 2>&1
relay() {
  n=0
  while dd bs=65536 count=16 of="$d/$1.$n" 2>/dev/null && [ -s "$d/$1.$n" ]; do
    n=$((n + 1))
    waited=0
    while [ -s "$d/$1.$((n - 2))" ]; do
      waited=$((waited + 1))
      [ "$waited" -gt 6000 ] && return
      sleep 0.1
    done
  done <"$d/$1"
}
relay out &
relay err &
$(command -v setsid) sh -c 'echo $$ >"$0"; exec "$@"' "$d/pid" "$@" <"$d/in" >"$d/out" 2>"$d/err"
status=$?
wait
exit "$status"
`;

/** Ends what STREAM_SCRIPT started. Parameters: the folder, the process id of the script. */
export const END_SCRIPT = `${END_FUNCTION}
end "$1" "$2"
`;

/** What a guest cannot run the script on says by this exit status: no folder or no FIFO could be made. */
export const SCRIPT_UNUSABLE = 125;
