import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../qemu/process-identity.ts';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import type { TaskSnapshot } from './nomad/task.ts';
import { runTiny as runTinyIn } from './run-tiny.ts';
import type { TinyJob } from './tiny-job.ts';
import { typeOnConsole } from './type-on-console.ts';

let lab: DriverLab;

beforeAll(async () => {
  lab = await createDriverLab();
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const PANIC = 'echo c >/proc/sysrq-trigger';

const runTiny = (id: string, commands: readonly string[], changes: Partial<TinyJob> = {}) =>
  runTinyIn(lab, id, commands, { type: 'batch', ...changes });

async function untilRunning(job: string) {
  const { allocId } = await lab.nomad.waitForTask(job, ({ state }) => state === 'running', {
    timeoutMs: 60_000,
  });
  return { allocId, stage: runningStage(allocId) };
}

function runningStage(allocId: string) {
  const { stage } = lab.record(allocId);
  if (stage.tag !== 'running') throw new Error(`The VM of allocation "${allocId}" is ${stage.tag}`);
  return stage;
}

async function untilDead(job: string): Promise<TaskSnapshot> {
  return lab.nomad.waitForTask(job, ({ state }) => state === 'dead', { timeoutMs: 90_000 });
}

async function untilPhase(allocId: string, phase: string): Promise<void> {
  await expect.poll(() => runningStage(allocId).phase.tag, { timeout: 60_000, interval: 100 }).toBe(phase);
}

async function messages(allocId: string): Promise<string> {
  return (await lab.nomad.events(allocId)).map(({ message }) => message).join('\n');
}

async function expectEvent(task: TaskSnapshot, exitCode: number, text: string): Promise<void> {
  expect(task).toMatchObject({ failed: exitCode !== 0, exitCode });
  await expect.poll(() => messages(task.allocId), { timeout: 5_000 }).toContain(text);
}

/** Event, account and exit code all say the same. */
async function expectEnd(task: TaskSnapshot, exitCode: number, text: string): Promise<void> {
  await expectEvent(task, exitCode, text);
  const account = await lab.nomad.logs(task.allocId, 'stderr');
  expect(account.split(text)).toHaveLength(2);
}

describe('a VM that ends', () => {
  it('guest powers off', async () => {
    await runTiny('off', ['poweroff -f']);
    await expectEnd(await untilDead('off'), 0, 'VM ended: the guest powered off');
  });

  it('guest reboots, then panics', async () => {
    const mark = 'mkdir -p /mnt && mount /dev/vda1 /mnt';
    const once = `if [ -e /mnt/again ]; then umount /mnt; ${PANIC}; else touch /mnt/again; umount /mnt; reboot -f; fi`;
    await runTiny('panic', [`${mark}; ${once}`]);
    const task = await untilDead('panic');
    await expectEnd(task, 100, 'VM ended: the guest kernel panicked');
    const account = await lab.nomad.logs(task.allocId, 'stderr');
    expect(account.match(/guest rebooted; the VM goes on/g)).toHaveLength(1);
    expect(task.restarts).toBe(0);
  });

  it('qemu runs out of memory', async () => {
    await runTiny('oom', ['(sleep 5; dd if=/dev/zero of=/run/fill bs=1M count=120) &']);
    const { allocId } = await lab.waitForConsole('oom', 'tiny: ready');
    const counter = runningStage(allocId).oomWatch?.counterPath;
    if (counter === undefined) throw new Error('the lab has no memory control group');
    const group = dirname(counter);
    const isV1 = counter.endsWith('oom_control');
    const usage = Number(
      readFileSync(join(group, isV1 ? 'memory.usage_in_bytes' : 'memory.current'), 'utf8'),
    );
    const limit = join(group, isV1 ? 'memory.limit_in_bytes' : 'memory.max');
    expect(Number(readFileSync(limit, 'utf8'))).toBeGreaterThan(256 * 1024 * 1024);
    writeFileSync(limit, String(usage + 16 * 1024 * 1024));
    const task = await untilDead('oom');
    await expectEnd(task, 137, 'VM ended: out of memory');
    const terminated = task.events.find(({ type }) => type === 'Terminated');
    expect(terminated?.details).toMatchObject({ oom_killed: 'true', signal: '9' });
  });

  it('qemu crashes', async () => {
    await runTiny('crash', []);
    const { stage } = await untilRunning('crash');
    process.kill(stage.qemu.pid, 'SIGSEGV');
    await expectEnd(await untilDead('crash'), 139, 'VM ended: qemu crashed by signal 11 (SIGSEGV)');
  });

  it('somebody ends qemu by a signal', async () => {
    await runTiny('term', []);
    const { stage } = await untilRunning('term');
    process.kill(stage.qemu.pid, 'SIGTERM');
    await expectEnd(
      await untilDead('term'),
      143,
      'VM ended: somebody told qemu to end by signal 15 (SIGTERM)',
    );
  });
});

describe('a guest that powers off', () => {
  it('guest powers off and is held', async () => {
    await runTiny('hold', ['poweroff -f'], { type: 'service', config: 'on_guest_poweroff = "hold"' });
    const { allocId, stage } = await untilRunning('hold');
    await untilPhase(allocId, 'held');
    const plugin = await lab.nomad.pluginPid('nomad-driver-vm');
    if (plugin === undefined) throw new Error('the plugin does not run');
    process.kill(plugin, 'SIGKILL');
    await expect
      .poll(() => lab.nomad.pluginPid('nomad-driver-vm'), { timeout: 20_000 })
      .not.toSatisfy((pid: unknown) => pid === undefined || pid === plugin);

    const reset = () => lab.nomad.command('alloc', 'signal', '-s', 'SIGHUP', allocId);
    await expect.poll(() => reset().then(() => true, String), { timeout: 20_000 }).toBe(true);
    await expect
      .poll(() => lab.nomad.logs(allocId, 'stderr'), { timeout: 5_000 })
      .toContain('SIGHUP was sent, and does nothing: the guest is off; SIGCONT switches it on');

    const isOnAgain = () => lab.nomad.command('alloc', 'signal', '-s', 'SIGCONT', allocId);
    await expect.poll(() => isOnAgain().then(() => true, String), { timeout: 20_000 }).toBe(true);
    await expect
      .poll(async () => (await lab.nomad.logs(allocId, 'stdout')).match(/tiny: boot/g)?.length, {
        timeout: 60_000,
      })
      .toBe(2);
    await untilPhase(allocId, 'held');
    expect(isProcessAlive(stage.qemu)).toBe(true);
    await expect
      .poll(async () => (await lab.nomad.logs(allocId, 'stderr')).match(/the VM is held/g)?.length, {
        timeout: 5_000,
      })
      .toBe(2);
    expect(await lab.nomad.logs(allocId, 'stderr')).toContain('VM switched on again');
    expect(await messages(allocId)).toContain('VM switched on again');

    await lab.nomad.stopJob('hold');
    await expectEnd(await untilDead('hold'), 0, 'VM ended: stopped; the guest was off already');
  });

  it('guest powers off and is switched on again', async () => {
    await runTiny('boot', ['(sleep 1; poweroff -f) &'], { config: 'on_guest_poweroff = "boot"' });
    const { allocId, stage } = await untilRunning('boot');
    await expect
      .poll(async () => (await lab.nomad.logs(allocId, 'stdout')).match(/tiny: boot/g)?.length, {
        timeout: 60_000,
      })
      .toBeGreaterThan(1);
    expect(isProcessAlive(stage.qemu)).toBe(true);
    expect(await lab.nomad.logs(allocId, 'stderr')).toContain('guest powered off; it is switched on again');
    await lab.nomad.stopJob('boot');
    const task = await untilDead('boot');
    expect(task).toMatchObject({ restarts: 0, exitCode: 0 });
    expect(await messages(allocId)).toContain('VM ended: stopped');
  });
});

describe('a VM whose end nobody watches', () => {
  it('guest panics, guest is held, nobody records the end, host reboots', async () => {
    await runTiny('unwatched-panic', []);
    const panic = await untilRunning('unwatched-panic');
    await runTiny('unwatched-off', [], {
      type: 'service',
      config: 'on_guest_poweroff = "hold"',
    });
    await runTiny('unrecorded', []);
    await runTiny('host-rebooted', []);
    await lab.waitForConsole('unwatched-panic', 'tiny: ready');
    const off = await lab.waitForConsole('unwatched-off', 'tiny: ready');
    const unrecorded = await untilRunning('unrecorded');
    const rebooted = await untilRunning('host-rebooted');

    await lab.nomad.kill('SIGKILL');
    const plugin = await lab.nomad.pluginPid('nomad-driver-vm');
    if (plugin !== undefined) process.kill(plugin, 'SIGKILL');
    for (const { stage } of [unrecorded, rebooted]) {
      process.kill(-stage.wrapper.pid, 'SIGKILL');
    }
    const { files, ...rest } = lab.record(rebooted.allocId);
    const bootId = '00000000-0000-4000-8000-000000000000';
    const { stage } = rebooted;
    const earlierBoot = {
      ...stage,
      wrapper: { ...stage.wrapper, bootId },
      qemu: { ...stage.qemu, bootId },
    };
    writeFileSync(files.record, JSON.stringify({ ...rest, files, stage: earlierBoot }));
    await typeOnConsole(lab.record(panic.allocId).files, PANIC);
    await expect.poll(() => isProcessAlive(panic.stage.qemu), { timeout: 60_000, interval: 200 }).toBe(false);
    const { files: offFiles } = lab.record(off.allocId);
    await typeOnConsole(offFiles, 'poweroff -f');
    await expect
      .poll(() => readFileSync(offFiles.shutdownTrace, 'utf8'), { timeout: 60_000 })
      .toContain('(shutdown)');

    await lab.nomad.restart();
    await expectEnd(await untilDead('unwatched-panic'), 100, 'VM ended: the guest kernel panicked');
    // Their wrappers are gone, so that nobody carries their last line to Nomad's log.
    await expectEvent(await untilDead('unrecorded'), 106, 'VM ended: nobody recorded how');
    await expectEvent(await untilDead('host-rebooted'), 104, 'VM ended: the host was rebooted under it');
    await untilPhase(off.allocId, 'held');
    for (const show of [() => lab.nomad.logs(off.allocId, 'stderr'), () => messages(off.allocId)]) {
      await expect.poll(show, { timeout: 10_000 }).toContain('guest powered off; the VM is held');
    }
    await lab.nomad.stopJob('unwatched-off');
    await expectEnd(await untilDead('unwatched-off'), 0, 'VM ended: stopped; the guest was off already');
  });
});
