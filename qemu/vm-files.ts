import { join } from 'node:path';

/** A socket's path on Linux, without the zero at its end (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Every file that one VM owns, one name each. Nothing else may invent a path below these folders. */
export interface VmFiles {
  /** Survives a reboot of the host: what the VM was and how it ended. */
  readonly stateDir: string;
  /** Gone after a reboot of the host: what is about processes, and secrets. Kept short, see MAX_SOCKET_PATH_BYTES. */
  readonly runDir: string;
  /** The driver's own record of the VM. */
  readonly record: string;
  /** The guest's serial console, as qemu appends to it. */
  readonly console: string;
  /** The driver's account of the VM's life, one line an event. */
  readonly account: string;
  /** What qemu itself printed: the reason, when it did not start. */
  readonly qemuLog: string;
  /** The process id of qemu, written by the wrapper before qemu says anything. */
  readonly qemuPid: string;
  /** qemu's exit status as the shell saw it (128 + n for signal n), written once, atomically. */
  readonly exitStatus: string;
  /** The same, where `stateDir` takes nothing more. */
  readonly spareExitStatus: string;
  /** The guest's addresses as they were last made known. */
  readonly addresses: string;
  /** What was heard of the guest's cloud-init, and told. */
  readonly seedBook: string;
  /** Why qemu ended, as it traced itself; see shutdown-trace.ts. */
  readonly shutdownTrace: string;
  /** Appears when the driver has written its last line to the account: the wrapper may end the log streams. */
  readonly accountClosed: string;
  /** The guest's SMBIOS table with its secret serial, or its seed's disk; see seed-source.ts. */
  readonly seedSource: string;
  /** How the VM was registered with the seed server, secrets of its seed and all. */
  readonly seedRequest: string;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly guestAgentSocket: string;
}

/**
 * Names the files of the VM called `key`.
 *
 * @param key letters, digits and dashes only; it becomes a folder's name.
 */
export function buildVmFiles(
  roots: { readonly stateRoot: string; readonly runRoot: string },
  key: string,
): VmFiles {
  const stateDir = join(roots.stateRoot, key);
  const runDir = join(roots.runRoot, key);
  return {
    stateDir,
    runDir,
    record: join(stateDir, 'record.json'),
    console: join(stateDir, 'console.log'),
    account: join(stateDir, 'account.log'),
    qemuLog: join(stateDir, 'qemu.log'),
    exitStatus: join(stateDir, 'exit-status'),
    addresses: join(stateDir, 'addresses.json'),
    seedBook: join(stateDir, 'seed.json'),
    shutdownTrace: join(stateDir, 'shutdown.trace'),
    accountClosed: join(stateDir, 'account-closed'),
    spareExitStatus: join(runDir, 'exit-status'),
    qemuPid: join(runDir, 'qemu.pid'),
    seedSource: join(runDir, 'seed-source'),
    seedRequest: join(runDir, 'seed-request.json'),
    qmpSocket: join(runDir, 'qmp.sock'),
    consoleSocket: join(runDir, 'console.sock'),
    guestAgentSocket: join(runDir, 'agent.sock'),
  };
}
