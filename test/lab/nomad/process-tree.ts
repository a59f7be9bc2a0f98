import { readdir, readFile } from 'node:fs/promises';

/** The pid of the process that was started from this path, or undefined when there is none. */
export async function findProcess(executablePath: string): Promise<number | undefined> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const commandLine = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''); // it has ended meanwhile
    if (commandLine.split('\0')[0] === executablePath) return Number(name);
  }
  return undefined;
}
