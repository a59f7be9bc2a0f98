import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { QemuError } from './errors.ts';
import { type ProcessIdentity, readProcessIdentity } from './process-identity.ts';
import { connectQmp, type QmpConnection } from './qmp-connection.ts';
import { explainStartFailure } from './start-failure.ts';
import { Vm } from './vm.ts';
import { readExitStatus } from './vm-exit.ts';
import type { VmFiles } from './vm-files.ts';
import { buildWrapperCommand, type WrapperOptions } from './wrapper.ts';

/** How often a starting qemu is looked at; it opens its QMP socket some 30 ms after it was started (measured). */
const LOOK_MS = 5;

/** Everything that a start is told. */
export interface LaunchOptions extends WrapperOptions {
  /** Where qemu runs: relative paths among a job's raw arguments begin here. */
  readonly workingDir: string;
}

/**
 * Starts qemu under its wrapper and returns when it answers on QMP.
 *
 * @throws QemuError that explains why qemu did not start; nothing is left running then.
 */
export async function launchVm(options: LaunchOptions, signal: AbortSignal): Promise<Vm> {
  const { files } = options;
  await prepareFiles(files);
  const wrapper = await spawnWrapper(options);
  try {
    const qmp = await waitForMonitor(files, wrapper, signal);
    const qemu = await waitForProcess(files, signal);
    return new Vm({ files, wrapper, qemu }, qmp);
  } catch (error) {
    killGroup(wrapper);
    throw error;
  }
}

async function prepareFiles(files: VmFiles): Promise<void> {
  await mkdir(files.stateDir, { recursive: true, mode: 0o700 });
  await mkdir(files.runDir, { recursive: true, mode: 0o700 });
  // The tails of the wrapper may look before qemu and the driver have written anything.
  for (const path of [files.console, files.account, files.qemuLog])
    await writeFile(path, '', { flag: 'a', mode: 0o600 });
}

async function spawnWrapper(options: LaunchOptions): Promise<ProcessIdentity> {
  const [shell = '/bin/sh', ...args] = buildWrapperCommand(options);
  const child = spawn(shell, args, {
    detached: true,
    stdio: 'ignore',
    cwd: options.workingDir,
    // Nothing of the agent's environment reaches qemu: it holds secrets, and go-plugin's magic cookie.
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  await once(child, 'spawn');
  child.unref();
  const identity = child.pid === undefined ? undefined : readProcessIdentity(child.pid);
  if (identity === undefined) throw await startFailure(options.files);
  return identity;
}

async function waitForMonitor(
  files: VmFiles,
  wrapper: ProcessIdentity,
  signal: AbortSignal,
): Promise<QmpConnection> {
  for (;;) {
    if (readExitStatus(files) !== undefined || readProcessIdentity(wrapper.pid) === undefined) {
      throw await startFailure(files);
    }
    try {
      return await connectQmp(files.qmpSocket, { signal });
    } catch (error) {
      if (signal.aborted) {
        throw new QemuError(
          'start-failed',
          'Cannot start qemu: it runs but does not answer on its QMP socket',
          { cause: error },
        );
      }
      // ENOENT or ECONNREFUSED: the socket is not there yet.
    }
    await delay(LOOK_MS, undefined, { signal });
  }
}

/** qemu may answer before the wrapper has written down its pid (seen once on a loaded host). */
async function waitForProcess(files: VmFiles, signal: AbortSignal): Promise<ProcessIdentity> {
  for (;;) {
    const pid = await readFile(files.qemuPid, 'utf8').catch(() => '');
    const qemu = pid.endsWith('\n') ? readProcessIdentity(Number(pid)) : undefined;
    if (qemu !== undefined) return qemu;
    if (readExitStatus(files) !== undefined) throw await startFailure(files);
    await delay(LOOK_MS, undefined, { signal });
  }
}

async function startFailure(files: VmFiles): Promise<QemuError> {
  const stderr = await readFile(files.qemuLog, 'utf8');
  const exit = readExitStatus(files);
  const exitStatus =
    exit?.kind === 'exited' ? exit.exitCode : exit?.kind === 'killed' ? 128 + exit.signal : undefined;
  return explainStartFailure({ exitStatus, stderr });
}

function killGroup(wrapper: ProcessIdentity): void {
  try {
    process.kill(-wrapper.pid, 'SIGKILL');
  } catch {
    // ESRCH: it had ended already.
  }
}
