import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Removes labs whose holder was killed before it could clean up: their processes, namespace and folder. A lab counts
 * as dead only if its folder names a holder and no process with that number and start time exists.
 */
export async function sweepDeadLabs(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const lab = join(folder, name);
    const holder = await readText(join(lab, 'holder'));
    // Without the file it is a lab that is just being made, or a folder that was kept for reading.
    if (holder === undefined || (await isAlive(holder.trim()))) continue;
    await execa('sh', [join(import.meta.dirname, 'end.sh'), name, lab], { timeout: 30_000 });
  }
}

/** Whether a process still is the one recorded as "PID START_TIME" (field 22 of /proc/PID/stat, in clock ticks). */
async function isAlive(holder: string): Promise<boolean> {
  const [pid, startTime] = holder.split(' ');
  const stat = await readText(`/proc/${pid}/stat`);
  // The second field, the command in parentheses, may hold spaces; count from behind it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === startTime;
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined); // gone, or never there
}
