import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GuestAgent } from '../../qemu/guest-agent.ts';
import { GuestProcess } from '../../qemu/guest-process.ts';
import { FakeGuest } from '../fakes/guest.ts';

const signal = AbortSignal.timeout(20_000);

async function start(guest: FakeGuest, ...argv: readonly string[]): Promise<GuestProcess> {
  const process = await GuestProcess.start(new GuestAgent(guest.agent.path), argv, { signal });
  if (process === undefined) throw new Error('the fake guest cannot follow commands');
  return process;
}

/** Runs to the end; the streams one after the other. */
async function collect(process: GuestProcess) {
  const streams = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let exitCode: number | undefined;
  for await (const event of process.output(signal)) {
    if (event.kind === 'exit') exitCode = event.exitCode;
    else streams[event.kind].push(event.data);
  }
  await process.close();
  return { exitCode, stdout: Buffer.concat(streams.stdout), stderr: Buffer.concat(streams.stderr) };
}

describe('GuestProcess', () => {
  it('tells both streams apart and gives the exit code', async () => {
    await using guest = await FakeGuest.start();
    const process = await start(guest, 'sh', '-c', 'echo out; echo err >&2; exit 43');
    expect(await collect(process)).toEqual({
      exitCode: 43,
      stdout: Buffer.from('out\n'),
      stderr: Buffer.from('err\n'),
    });
    await expect.poll(() => guest.leftovers()).toEqual([]);
  });

  it('gives output while the command runs, and input when it asks for it', async () => {
    await using guest = await FakeGuest.start();
    const process = await start(guest, 'sh', '-c', 'echo name?; read name; echo "hello $name"');
    const output = process.output(signal);
    expect((await output.next()).value).toEqual({ kind: 'stdout', data: Buffer.from('name?\n') });
    await process.write(Buffer.from('alice\n'), signal);
    expect((await output.next()).value).toEqual({ kind: 'stdout', data: Buffer.from('hello alice\n') });
    expect((await output.next()).value).toEqual({ kind: 'exit', exitCode: 0 });
    await process.close();
  });

  it('passes megabytes of any bytes in and out, past a pipe that is full at times', async () => {
    await using guest = await FakeGuest.start();
    const data = randomBytes(3_000_000);
    const process = await start(guest, 'sh', '-c', 'sleep 0.2; exec cat');
    const feeding = process.write(data, signal).then(() => process.endInput(signal));
    const { exitCode, stdout } = await collect(process);
    await feeding;
    expect(exitCode).toBe(0);
    expect(stdout.equals(data)).toBe(true);
  });

  it('loses no input that ends before the command has begun to read', async () => {
    await using guest = await FakeGuest.start();
    for (let round = 0; round < 10; round += 1) {
      const process = await start(guest, 'sh', '-c', 'sleep 0.05; cat');
      await process.write(Buffer.from('all of it'), signal);
      await process.endInput(signal);
      expect((await collect(process)).stdout.toString()).toBe('all of it');
    }
  });

  it('passes arguments as they are', async () => {
    await using guest = await FakeGuest.start();
    const words = ['a b', "it's", '$(date)', '-n', '', '\\', 'ü\n'];
    const process = await start(guest, 'printf', '<%s>', ...words);
    expect((await collect(process)).stdout.toString()).toBe(words.map(word => `<${word}>`).join(''));
  });

  it('tells a missing command and a signal as a shell does', async () => {
    await using guest = await FakeGuest.start();
    const missing = await collect(await start(guest, 'no-such-command'));
    expect(missing.exitCode).toBe(127);
    expect(missing.stderr.toString()).toContain('no-such-command');
    const killed = await collect(await start(guest, 'sh', '-c', 'kill -KILL $$'));
    expect(killed.exitCode).toBe(137);
  });

  it('ends the command and all it started when it is closed early', async () => {
    await using guest = await FakeGuest.start();
    const process = await start(guest, 'sh', '-c', 'sleep 1000 & echo $!; wait');
    const output = process.output(signal);
    const { value } = await output.next();
    const sleeper = value?.kind === 'stdout' ? Number(value.data.toString()) : Number.NaN;
    expect(isAlive(sleeper)).toBe(true);
    await process.close();
    await expect.poll(() => isAlive(sleeper), { timeout: 5_000 }).toBe(false);
    await expect.poll(() => guest.leftovers(), { timeout: 5_000 }).toEqual([]);
  });

  it('ends what a plugin process that died has left running, and nothing of its own', async () => {
    await using guest = await FakeGuest.start();
    const command = ['sh', '-c', 'sleep 1000 & echo $!; wait'];
    const pidOf = async (process: GuestProcess) => {
      const { value } = await process.output(signal).next();
      return value?.kind === 'stdout' ? Number(value.data.toString()) : Number.NaN;
    };
    const orphan = await pidOf(await start(guest, ...command));
    const agent = new GuestAgent(guest.agent.path);
    const own = await GuestProcess.start(agent, command, { signal });
    const other = await GuestProcess.start(agent, ['true'], { signal });
    if (own === undefined || other === undefined) throw new Error('the fake guest cannot follow commands');
    const kept = await pidOf(own);
    await collect(other);
    await expect.poll(() => isAlive(orphan), { timeout: 5_000 }).toBe(false);
    await expect.poll(() => guest.leftovers().length, { timeout: 5_000 }).toBe(1);
    expect(isAlive(kept)).toBe(true);
    await own.close();
    await expect.poll(() => guest.leftovers(), { timeout: 5_000 }).toEqual([]);
  });

  it('ends no process that has the number of one that was left and is long gone', async () => {
    await using guest = await FakeGuest.start();
    const bystander = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    const left = join(guest.run, 'nomad-exec-0123456789ab-0123456789abcdef01234567');
    mkdirSync(left);
    for (const name of ['pid', 'script']) writeFileSync(join(left, name), `${bystander.pid}\n`);
    await collect(await start(guest, 'true'));
    await expect.poll(() => guest.leftovers(), { timeout: 5_000 }).toEqual([]);
    expect(bystander.kill('SIGKILL')).toBe(true);
  });

  it('gives up where the guest can make no folder, with nothing started', async () => {
    await using guest = await FakeGuest.start();
    await using other = await FakeGuest.start();
    // Its /run is gone.
    const { run } = other;
    await other[Symbol.asyncDispose]();
    Object.assign(guest, { run });
    expect(await GuestProcess.start(new GuestAgent(guest.agent.path), ['id'], { signal })).toBeUndefined();
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH
    return false;
  }
}
