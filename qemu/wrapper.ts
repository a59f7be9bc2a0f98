import type { VmFiles } from './vm-files.ts';

/**
 * The few lines of shell that run one qemu and outlive the plugin and Nomad's agent.
 *
 * It joins the task's cgroups, starts qemu, copies the console and the driver's account to Nomad's log FIFOs, records
 * qemu's exit status once and atomically, on another file system where the disk is full, and stays until the driver has
 * closed its account (10 minutes at most), so that the last line still reaches the log. Both tails hold their FIFO open for reading too (`1<>`): a reader that
 * goes away and comes back never costs a byte, and qemu itself never touches a FIFO, where it could be stalled.
 *
 * The limit on open files is set low, as qemu up to 9.1 closes every possible one before it runs its bridge helper: 157 s
 * where the limit is "infinity" (measured).
 *
 * A constant: every value comes as a positional parameter, none is ever part of the text.
 */
const WRAPPER_SCRIPT = `
umask 077
ulimit -S -n 4096
qemu_log=$1 pid_file=$2 exit_file=$3 spare_exit_file=$4 closed=$5
shift 5
console=$1 console_log=$2 account=$3 account_log=$4 cgroups=$5
shift 5
while [ "$cgroups" -gt 0 ]; do
  echo 0 >"$1" || {
    echo "cannot join control group by '$1'" >>"$qemu_log"
    exit 1
  }
  cgroups=$((cgroups - 1))
  shift
done
record() {
  echo "$1" >"$2.new" && mv "$2.new" "$2"
}
run_qemu() {
  "$@" </dev/null >>"$qemu_log" 2>&1 &
  qemu=$!
  echo "$qemu" >"$pid_file"
  wait "$qemu"
  status=$?
  record "$status" "$exit_file" || record "$status" "$spare_exit_file" || return
  tries=0
  until [ -e "$closed" ] || [ "$tries" -ge 6000 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
}
run_qemu "$@" &
life=$!
follow() {
  exec tail -c +1 -f --pid="$life" ---disable-inotify -s "$3" "$1" </dev/null 2>/dev/null 1<>"$2"
}
[ "$console_log" = /dev/null ] || follow "$console" "$console_log" 0.1 &
[ "$account_log" = /dev/null ] || follow "$account" "$account_log" 0.5 &
wait
`;

/** Everything the wrapper is told. */
export interface WrapperOptions {
  readonly files: VmFiles;
  /** The emulator and its arguments, confinement included. */
  readonly command: readonly string[];
  /** Where the console goes: Nomad's FIFO for stdout, or /dev/null for nowhere. */
  readonly consoleLogPath: string;
  /** Where the account goes: Nomad's FIFO for stderr, or /dev/null for nowhere. */
  readonly accountLogPath: string;
  /** The `cgroup.procs` files of the groups to join before qemu starts. */
  readonly cgroupProcsPaths: readonly string[];
}

/** The command that runs a VM under the wrapper. */
export function buildWrapperCommand(options: WrapperOptions): readonly string[] {
  const { files } = options;
  return [
    '/bin/sh',
    '-c',
    WRAPPER_SCRIPT,
    'nomad-vm-wrapper',
    files.qemuLog,
    files.qemuPid,
    files.exitStatus,
    files.spareExitStatus,
    files.accountClosed,
    files.console,
    options.consoleLogPath,
    files.account,
    options.accountLogPath,
    String(options.cgroupProcsPaths.length),
    ...options.cgroupProcsPaths,
    ...options.command,
  ];
}
