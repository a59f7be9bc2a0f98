import { readdirSync, readFileSync } from 'node:fs';
import { type ProcessIdentity, readProcessIdentity, signalProcess } from './process-identity.ts';
import type { VmFiles } from './vm-files.ts';

/**
 * Kills what a start that was cut short may have left: processes whose command line names this VM's own folder, which
 * nothing else does.
 */
export function killLeftovers(files: VmFiles): void {
  for (const identity of findProcesses(`${files.stateDir}/`)) signalProcess(identity, 'SIGKILL');
}

/** The processes whose command line names this path. */
export function findProcesses(marker: string): readonly ProcessIdentity[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.flatMap(pid =>
    readCommandLine(pid).includes(marker) ? (readProcessIdentity(Number(pid)) ?? []) : [],
  );
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // ENOENT or ESRCH: it has ended since the folder was listed.
    return '';
  }
}
