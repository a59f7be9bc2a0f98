import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { createLab, type Lab } from './lab.ts';
import { labImage } from './settings.ts';
import { startTinyGuest } from './tiny-guest.ts';
import { waitUntil } from './wait-until.ts';

const mac = '52:54:00:4c:41:42';

/** What the host still has of a lab: names of namespaces, mounts and processes. */
async function remainsOf(lab: Lab, pids: readonly number[]): Promise<readonly string[]> {
  const { stdout: namespaces } = await execa('ip', ['netns', 'list']);
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const commands = await Promise.all(
    pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return [
    ...namespaces.split('\n').filter(line => line.includes(lab.name)),
    ...mounts.split('\n').filter(line => line.includes(lab.name)),
    ...commands.filter(command => command !== ''),
  ];
}

/** Empty for a process that has ended, collected by its parent or not. */
async function commandLine(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

describe('createLab()', () => {
  it('gives a guest on its bridge an address, and leaves nothing behind', { timeout: 180_000 }, async () => {
    const image = await labImage('tiny', process.env);
    const lab = await createLab();
    const pids: number[] = [];
    try {
      const guest = await startTinyGuest(lab, image, mac);
      pids.push(guest.pid);
      const row = await waitUntil(
        'the address on the console',
        async () => /^ci-info: \| ens3 .*$/m.exec(await readFile(guest.logFile, 'utf8'))?.[0],
        AbortSignal.timeout(60_000),
      );
      const lease = (await lab.leases()).find(each => each.mac === mac);
      expect(lease?.address).toMatch(/^10\.77\.0\.\d+$/);
      expect(row).toContain(`| ${lease?.address} | 255.255.255.0 | global | ${mac} |`);
      expect(await remainsOf(lab, pids)).not.toEqual([]);
    } finally {
      await lab[Symbol.asyncDispose]();
    }
    expect(await remainsOf(lab, pids)).toEqual([]);
  });

  it('makes labs that do not see each other', { timeout: 30_000 }, async () => {
    await using one = await createLab();
    await using other = await createLab();
    await one.exec(['ip', 'link', 'add', 'br1', 'type', 'bridge']);
    expect((await one.exec(['ls', '/sys/class/net'])).stdout).toContain('br1');
    expect((await other.exec(['ls', '/sys/class/net'])).stdout).not.toContain('br1');
  });

  it('goes down with an owner that is killed', { timeout: 30_000 }, async () => {
    const code = `
      import { createLab } from ${JSON.stringify(`${import.meta.dirname}/lab.ts`)};
      const lab = await createLab();
      const sleeper = await lab.spawn('sleeper', ['sleep', '1000']);
      console.log(lab.name, sleeper.pid);
      await sleeper.exited;`;
    const owner = execa(process.execPath, ['--input-type=module-typescript', '--eval', code], {
      reject: false,
    });
    const [name, pid] = await new Promise<readonly string[]>(resolve => {
      owner.stdout.on('data', (chunk: Buffer) => resolve(chunk.toString().trim().split(' ')));
    });
    owner.kill('SIGKILL');
    await owner;
    await waitUntil(
      'the end of the lab',
      async () => ((await execa('ip', ['netns', 'list'])).stdout.includes(String(name)) ? undefined : true),
      AbortSignal.timeout(20_000),
    );
    expect(await commandLine(Number(pid))).toBe('');
  });

  it('removes what a lab with a killed holder left behind', { timeout: 30_000 }, async () => {
    await using dead = await createLab();
    const sleeper = await dead.spawn('sleeper', ['sleep', '1000']);
    const [holder] = (await readFile(join(dead.folder, 'holder'), 'utf8')).split(' ');
    process.kill(Number(holder), 'SIGKILL');
    await waitUntil(
      "the holder's end",
      async () => ((await commandLine(Number(holder))) === '' ? true : undefined),
      AbortSignal.timeout(5_000),
    );
    expect(await remainsOf(dead, [sleeper.pid])).not.toEqual([]);
    await using _next = await createLab();
    await sleeper.exited;
    expect(await remainsOf(dead, [sleeper.pid])).toEqual([]);
  });
});
