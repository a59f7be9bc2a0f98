import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectImage } from '../../qemu/image-inspection.ts';
import { createOverlay } from '../../qemu/overlay.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';
import type { BenchLab } from './bench-lab.ts';
import type { QemuRun } from './direct-start.ts';
import { nowMs, waitForFirstByte } from './first-byte.ts';

/** Waits for its turn, so that what is timed is no more than a shell that starts qemu. */
const SHELL = 'echo ready; read -r go; "$@" </dev/null >/dev/null';

/**
 * Runs a qemu again, from a shell and with the same arguments but for the paths, on a disk that is there already.
 *
 * @returns milliseconds from the shell's turn to the first byte of the guest's console
 */
export async function startBare(
  { lab, inside, image }: BenchLab,
  { argv, files, diskPath }: QemuRun,
  signal: AbortSignal,
): Promise<number> {
  const folder = join(lab.folder, 'bare');
  const own = buildVmFiles({ stateRoot: join(folder, 'state'), runRoot: join(folder, 'run') }, 'vm');
  const ownDisk = join(folder, 'disk.qcow2');
  await mkdir(own.stateDir, { recursive: true });
  await mkdir(own.runDir, { recursive: true });
  const { virtualSizeBytes } = await inspectImage(image);
  await createOverlay({ overlayPath: ownDisk, basePath: image, baseFormat: 'qcow2', virtualSizeBytes });
  const ownArgv = argv.map(argument =>
    argument
      .replaceAll(files.stateDir, own.stateDir)
      .replaceAll(files.runDir, own.runDir)
      .replaceAll(diskPath, ownDisk),
  );

  const [command = '', ...rest] = inside(['sh', '-c', SHELL, 'bare-qemu', ...ownArgv]);
  const shell = spawn(command, rest, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(shell, 'exit');
  try {
    await once(shell.stdout, 'data', { signal });
    const startedAt = nowMs();
    shell.stdin.write('go\n');
    return (await waitForFirstByte('bare qemu', () => own.console, signal)) - startedAt;
  } finally {
    // The shell leads a group of its own, qemu in it.
    if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  }
}
