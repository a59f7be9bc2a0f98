import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../qemu/process-identity.ts';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import { runTiny } from './run-tiny.ts';
import { renderTinyJob } from './tiny-job.ts';

let lab: DriverLab;

beforeAll(async () => {
  lab = await createDriverLab();
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

async function events(allocId: string): Promise<string> {
  return (await lab.nomad.events(allocId)).map(({ type, message }) => `${type}: ${message}`).join('\n');
}

async function expectAccount(allocId: string, text: string | RegExp): Promise<void> {
  const account = expect.poll(() => lab.nomad.logs(allocId, 'stderr'), { timeout: 10_000, interval: 200 });
  await (typeof text === 'string' ? account.toContain(text) : account.toMatch(text));
}

async function expectEvent(allocId: string, text: string | RegExp): Promise<void> {
  const all = expect.poll(() => events(allocId), { timeout: 10_000, interval: 200 });
  await (typeof text === 'string' ? all.toContain(text) : all.toMatch(text));
}

const sendSignal = (signal: string, allocId: string) =>
  lab.nomad.command('alloc', 'signal', '-s', signal, allocId);

async function untilBoots(allocId: string, count: number): Promise<void> {
  const boots = async () => (await lab.nomad.logs(allocId, 'stdout')).match(/tiny: ready/g)?.length;
  await expect.poll(boots, { timeout: 90_000, interval: 200 }).toBe(count);
}

async function untilDead(job: string) {
  return await lab.nomad.waitForTask(job, ({ state }) => state === 'dead', { timeoutMs: 60_000 });
}

describe('what is shown of a VM', () => {
  it('VM starts, address is found, VM is paused, VM goes on, guest is reset, guest is sent an NMI', async () => {
    await runTiny(lab, 'shown', ['echo 1 >/proc/sys/kernel/unknown_nmi_panic']);
    const { allocId } = await lab.waitForConsole('shown', 'tiny: ready');
    await expectEvent(allocId, /Driver: VM started; accelerator (tcg|kvm): .*; \d vCPUs?: .*; NIC 0 has MAC/);
    await expectAccount(allocId, /Z accelerator (tcg|kvm): /);
    await expectEvent(allocId, /Driver: address 10\.77\.0\.\d+ on NIC 0 \(/);
    await expectAccount(allocId, /Z address 10\.77\.0\.\d+ on NIC 0 \(/);
    await sendSignal('SIGSTOP', allocId);
    await expectAccount(allocId, 'paused the VM: SIGSTOP was sent');
    await sendSignal('SIGCONT', allocId);
    await expectAccount(allocId, 'let the VM go on: SIGCONT was sent');
    await sendSignal('SIGUSR1', allocId);
    const io = /disk read \d+\.\d MiB, written \d+\.\d MiB; network received \d+\.\d MiB, sent \d+\.\d MiB/;
    await expectAccount(allocId, io);
    await sendSignal('SIGHUP', allocId);
    await expectAccount(allocId, 'pressed the reset button: SIGHUP was sent');
    await untilBoots(allocId, 2);
    await sendSignal('SIGQUIT', allocId);
    const task = await untilDead('shown');
    await expectAccount(allocId, 'sent a non-maskable interrupt: SIGQUIT was sent');
    // What this guest makes of it.
    expect(task).toMatchObject({ failed: true, exitCode: 100, restarts: 0 });
  });

  it('host has no room for the disk', async () => {
    const disks = join(lab.lab.folder, 'state', 'disks');
    const ballast = join(disks, 'ballast');
    const fill = `mkdir -p ${disks} && mount -t tmpfs -o size=24m none ${disks} && head -c 16M /dev/zero >${ballast}`;
    await lab.lab.exec(['sh', '-c', fill]);
    const write =
      'mkdir -p /mnt && mount /dev/vda1 /mnt && head -c 12000000 /dev/urandom >/mnt/much && umount /mnt';
    await runTiny(lab, 'full', [write], { config: 'disk = "persistent"' });
    const { allocId } = await lab.nomad.waitForTask('full', ({ state }) => state === 'running', {
      timeoutMs: 60_000,
    });
    const paused = 'VM paused: the host cannot read or write its disk, or has no room; then send SIGCONT';
    await expect.poll(() => events(allocId), { timeout: 90_000, interval: 500 }).toContain(paused);
    await expectAccount(allocId, paused);
    await lab.lab.exec(['rm', ballast]);
    await sendSignal('SIGCONT', allocId);
    await untilBoots(allocId, 1);
    await lab.nomad.stopJob('full');
    expect(await untilDead('full')).toMatchObject({ failed: false, exitCode: 0, restarts: 0 });
  });

  it('VM cannot be started', async () => {
    await lab.nomad.run(
      renderTinyJob({ id: 'unstartable', config: `image = "${lab.imagesFolder}/none.qcow2"` }),
    );
    const { allocId } = await untilDead('unstartable');
    await expectEvent(allocId, /Driver Failure: .*none\.qcow2/);
  });
});

describe('a job that is stopped', () => {
  it('has kill_signal SIGKILL, has kill_signal SIGHUP, has kill_signal SIGQUIT', async () => {
    const ends = { SIGKILL: 'telling qemu to quit', SIGHUP: 'the guest agent', SIGQUIT: 'the guest agent' };
    const stopBy = async (signal: string, rung: string) => {
      const job = `kill-${signal.toLowerCase()}`;
      await runTiny(lab, job, [], { task: `kill_signal = "${signal}"` });
      const { allocId } = await lab.waitForConsole(job, 'tiny: ready');
      const { stage } = lab.record(allocId);
      await lab.nomad.stopJob(job);
      expect(await untilDead(job)).toMatchObject({ failed: false, exitCode: 0, restarts: 0 });
      await expectEvent(allocId, new RegExp(`Driver: VM ended: stopped by ${rung} after \\d+\\.\\d s$`, 'm'));
      expect(stage.tag === 'running' && isProcessAlive(stage.qemu)).toBe(false);
      const shutdowns = (await lab.nomad.logs(allocId, 'stdout')).match(/tiny: shutdown by the guest agent/g);
      expect(shutdowns?.length ?? 0, signal).toBe(signal === 'SIGKILL' ? 0 : 1);
    };
    await Promise.all(Object.entries(ends).map(([signal, rung]) => stopBy(signal, rung)));
  });
});
