import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { abortable } from '../../qemu/abortable.ts';
import type { VmFiles } from '../../qemu/vm-files.ts';
import { startRequest } from '../../test/driver/nomad-client.ts';
import type { BenchLab } from './bench-lab.ts';
import { nowMs, waitForFirstByte } from './first-byte.ts';

/** One VM that the plugin started at our request, in the agent's place. It is gone. */
export interface DirectStart {
  /** From the request to the first byte of the guest's console. */
  readonly firstByteMs: number;
  /** From the request to its answer. */
  readonly answerMs: number;
  /** What qemu was run with, to run the same without us. */
  readonly qemu: QemuRun;
}

/** A qemu that ran: its command line and the files it named there. */
export interface QemuRun {
  readonly argv: readonly string[];
  readonly files: VmFiles;
  readonly diskPath: string;
}

/** Sends StartTask as the agent does, FIFOs included, and ends the VM as soon as it has been measured. */
export async function startDirectly(
  { lab, plugin, store, image }: BenchLab,
  round: number,
  signal: AbortSignal,
): Promise<DirectStart> {
  const folder = join(lab.folder, 'direct', `allocation-${round}`);
  const taskId = `allocation-${round}/vm/1`;
  const files = store.filesOf('vm', taskId);
  const fifos = { stdout_path: join(folder, 'stdout.fifo'), stderr_path: join(folder, 'stderr.fifo') };
  await execa('mkdir', ['-p', join(folder, 'vm', 'local')]);
  await execa('mkfifo', Object.values(fifos));
  const config = { image, accelerator: 'tcg', network: [{ bridge: lab.bridge }] };
  const request = startRequest(folder, config, { id: taskId, ...fifos });
  try {
    const sentAt = nowMs();
    const answered = plugin.call('Driver', 'StartTask', request).then(nowMs);
    const [answeredAt, firstByteAt] = await Promise.all([
      abortable(answered, signal),
      waitForFirstByte('driver "vm"', () => files.console, signal),
    ]);
    const pid = (await readFile(files.qemuPid, 'utf8')).trim();
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
    return {
      firstByteMs: firstByteAt - sentAt,
      answerMs: answeredAt - sentAt,
      qemu: { argv, files, diskPath: join(folder, 'vm', 'local', 'vm-disk.qcow2') },
    };
  } finally {
    await plugin.call('Driver', 'DestroyTask', { task_id: taskId, force: true });
  }
}
