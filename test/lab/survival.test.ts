import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../qemu/process-identity.ts';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import { renderTinyJob } from './tiny-job.ts';
import { typeOnConsole } from './type-on-console.ts';

let lab: DriverLab;

beforeAll(async () => {
  lab = await createDriverLab();
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Starts a guest that counts on its console, ten lines a second. */
async function startCounting(id: string): Promise<string> {
  await lab.writeSeed(id, { 'user-data': '#tiny: count-lines 100000 0.1 &\n' });
  const config = `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    cloud_init { seed = "${id}" }`;
  await lab.nomad.run(renderTinyJob({ id, config }));
  return (await lab.waitForConsole(id, 'line 10\r')).allocId;
}

function countedLines(console: string): readonly number[] {
  return [...console.matchAll(/^line (\d+)\r?$/gm)].map(([, number]) => Number(number));
}

/** Waits until the guest has counted at least ten further, then checks that no line is missing or there twice. */
async function expectUnbrokenConsole(allocId: string, atLeast: number): Promise<void> {
  await expect
    .poll(async () => countedLines(await lab.nomad.logs(allocId, 'stdout')).at(-1), {
      timeout: 60_000,
      interval: 500,
    })
    .toBeGreaterThan(atLeast + 10);
  const lines = countedLines(await lab.nomad.logs(allocId, 'stdout'));
  expect(lines).toEqual(lines.map((_, index) => index + 1));
}

function qemuOf(allocId: string) {
  const { stage } = lab.record(allocId);
  if (stage.tag !== 'running') throw new Error(`The VM of allocation "${allocId}" is ${stage.tag}`);
  return stage.qemu;
}

async function stopAndExpectCleanEnd(job: string, allocId: string): Promise<void> {
  const qemu = qemuOf(allocId);
  await lab.nomad.stopJob(job);
  const task = await lab.nomad.waitForTask(job, ({ state }) => state === 'dead', { timeoutMs: 60_000 });
  expect(task).toMatchObject({ failed: false, restarts: 0, exitCode: 0 });
  expect(isProcessAlive(qemu)).toBe(false);
}

describe('a VM whose keepers die', () => {
  it('is the same VM after the agent was killed and started again, with not a byte of its console lost', async () => {
    const allocId = await startCounting('agent-killed');
    const qemu = qemuOf(allocId);
    const before = countedLines(await lab.nomad.logs(allocId, 'stdout')).length;
    await lab.nomad.restart('SIGKILL');
    await lab.nomad.waitForTask('agent-killed', ({ state }) => state === 'running', { timeoutMs: 60_000 });
    await expectUnbrokenConsole(allocId, before);
    expect(qemuOf(allocId)).toEqual(qemu);
    await stopAndExpectCleanEnd('agent-killed', allocId);
  });

  it('is the same VM after the plugin was killed', async () => {
    const allocId = await startCounting('plugin-killed');
    const qemu = qemuOf(allocId);
    const before = countedLines(await lab.nomad.logs(allocId, 'stdout')).length;
    const pid = await lab.nomad.pluginPid('nomad-driver-vm');
    if (pid === undefined) throw new Error('the plugin does not run');
    process.kill(pid, 'SIGKILL');
    await expectUnbrokenConsole(allocId, before + 30);
    expect(qemuOf(allocId)).toEqual(qemu);
    await expect.poll(() => lab.nomad.pluginPid('nomad-driver-vm'), { timeout: 20_000 }).not.toBe(undefined);
    expect(await lab.nomad.pluginPid('nomad-driver-vm')).not.toBe(pid);
    await stopAndExpectCleanEnd('plugin-killed', allocId);
  });

  it('is the same VM after a graceful restart of the agent', async () => {
    const allocId = await startCounting('agent-restarted');
    const qemu = qemuOf(allocId);
    const before = countedLines(await lab.nomad.logs(allocId, 'stdout')).length;
    await lab.nomad.restart('SIGTERM');
    await lab.nomad.waitForTask('agent-restarted', ({ state }) => state === 'running', { timeoutMs: 60_000 });
    await expectUnbrokenConsole(allocId, before);
    expect(qemuOf(allocId)).toEqual(qemu);
    await stopAndExpectCleanEnd('agent-restarted', allocId);
  });

  it('is the same VM after the plugin was killed while its qemu hung', async () => {
    const allocId = await startCounting('qemu-hung');
    const qemu = qemuOf(allocId);
    const before = countedLines(await lab.nomad.logs(allocId, 'stdout')).length;
    const pid = await lab.nomad.pluginPid('nomad-driver-vm');
    if (pid === undefined) throw new Error('the plugin does not run');
    const signal = (name: string) => lab.nomad.command('alloc', 'signal', '-s', name, allocId);
    process.kill(qemu.pid, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => signal('SIGCONT').then(() => 'none', String), { timeout: 30_000, interval: 500 })
      .toContain('qemu does not answer on its QMP socket');
    process.kill(qemu.pid, 'SIGCONT');
    await expect
      .poll(() => signal('SIGCONT').then(() => 'none', String), { timeout: 60_000, interval: 500 })
      .toBe('none');
    await expectUnbrokenConsole(allocId, before + 30);
    expect(qemuOf(allocId)).toEqual(qemu);
    await stopAndExpectCleanEnd('qemu-hung', allocId);
  });

  it('ends with its own exit code when it ended while nobody watched', async () => {
    await lab.writeSeed('unwatched', { 'user-data': '' });
    const config = `
      image = "${lab.tinyImage}"
      network { bridge = "br0" }
      cloud_init { seed = "unwatched" }`;
    await lab.nomad.run(renderTinyJob({ id: 'unwatched', type: 'batch', config }));
    const { allocId } = await lab.waitForConsole('unwatched', 'tiny: ready');
    const qemu = qemuOf(allocId);
    await lab.nomad.kill('SIGKILL');
    const plugin = await lab.nomad.pluginPid('nomad-driver-vm');
    if (plugin !== undefined) process.kill(plugin, 'SIGKILL');
    await typeOnConsole(lab.record(allocId).files, 'poweroff -f');
    await expect.poll(() => isProcessAlive(qemu), { timeout: 60_000, interval: 200 }).toBe(false);
    await lab.nomad.restart();
    const task = await lab.nomad.waitForTask('unwatched', ({ state }) => state === 'dead', {
      timeoutMs: 60_000,
    });
    expect(task).toMatchObject({ failed: false, exitCode: 0, restarts: 0 });
  });
});
