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

async function messages(allocId: string): Promise<string> {
  return (await lab.nomad.events(allocId)).map(({ type, message }) => `${type}: ${message}`).join('\n');
}

async function stopAndWait(job: string): Promise<void> {
  await lab.nomad.stopJob(job);
  await lab.nomad.waitForTask(job, task => task.state === 'dead', { timeoutMs: 60_000 });
}

describe('a VM as a Nomad task', () => {
  it('completes a batch job when its guest powers off', async () => {
    await runTiny(lab, 'poweroff', ['poweroff -f'], { type: 'batch' });
    const task = await lab.nomad.waitForTask('poweroff', ({ state }) => state === 'dead', {
      timeoutMs: 90_000,
    });
    expect(task).toMatchObject({ failed: false, exitCode: 0 });
    expect(await messages(task.allocId)).toContain('VM ended: the guest powered off');
    expect(await lab.nomad.logs(task.allocId, 'stderr')).toContain('VM ended: the guest powered off');
  });

  it('fails when qemu is killed, with the signal that did it', async () => {
    await runTiny(lab, 'killed', [], { type: 'batch' });
    const { allocId } = await lab.waitForConsole('killed', 'tiny: ready');
    const { stage } = lab.record(allocId);
    if (stage.tag !== 'running') throw new Error(`the VM is ${stage.tag}`);
    process.kill(stage.qemu.pid, 'SIGKILL');
    const task = await lab.nomad.waitForTask('killed', ({ state }) => state === 'dead', {
      timeoutMs: 30_000,
    });
    expect(task).toMatchObject({ failed: true, exitCode: 137 });
    expect(await messages(allocId)).toContain('VM ended: qemu was killed by signal 9');
  });

  it('shows the address on the console and the account of the driver on stderr', async () => {
    await runTiny(lab, 'address', [], { config: 'cpus = 2' });
    const task = await lab.waitForConsole('address', 'tiny: ready');
    const [, mac] =
      lab
        .record(task.allocId)
        .macAddresses.join()
        .match(/^(52:54:00:.*)$/) ?? [];
    const console = await lab.nomad.logs(task.allocId, 'stdout');
    const [, address] = /ens3 \|\s*True \|\s*([0-9.]+) .*global/.exec(console) ?? [];
    expect((await lab.lab.leases()).find(lease => lease.address === address)?.mac).toBe(mac);
    const account = await lab.nomad.logs(task.allocId, 'stderr');
    expect(account).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z accelerator (tcg|kvm): /m);
    expect(account).toContain('2 vCPUs: cpus in the job');
    expect(account).toContain(`NIC 0 has MAC address ${mac}`);
    await stopAndWait('address');
  });

  it('shuts the guest down by its agent when the job is stopped', async () => {
    await runTiny(lab, 'stop', []);
    const task = await lab.waitForConsole('stop', 'tiny: ready');
    await stopAndWait('stop');
    expect(await lab.nomad.logs(task.allocId, 'stdout')).toContain('tiny: shutdown by the guest agent');
    expect(await messages(task.allocId)).toMatch(/stopped by the guest agent after \d+\.\d s/);
  });

  it('presses the power button of a guest that has no agent', async () => {
    await runTiny(lab, 'button', [], { config: 'guest_agent = false' });
    const task = await lab.waitForConsole('button', 'tiny: ready');
    await stopAndWait('button');
    expect(await lab.nomad.logs(task.allocId, 'stdout')).toContain('tiny: power button');
    expect(await messages(task.allocId)).toMatch(/stopped by the power button after \d+\.\d s/);
  });

  it('ends a guest that ignores everything within the deadline', async () => {
    await runTiny(lab, 'deaf', ['ignore-power-button'], { config: 'guest_agent = false', killTimeout: '4s' });
    const task = await lab.waitForConsole('deaf', 'tiny: ready');
    const { stage } = lab.record(task.allocId);
    await stopAndWait('deaf');
    expect(stage.tag === 'running' && isProcessAlive(stage.qemu)).toBe(false);
    expect(await messages(task.allocId)).toMatch(/stopped by telling qemu to quit after 3\.\d s/);
  });

  it('gives two VMs at once derived MACs and different addresses', async () => {
    await runTiny(lab, 'pair', [], { count: 2 });
    await lab.nomad.waitForTask('pair', ({ state }) => state === 'running', { timeoutMs: 60_000 });
    const tasks = await lab.nomad.tasks('pair');
    expect(tasks).toHaveLength(2);
    for (const { allocId } of tasks) {
      await expect
        .poll(() => lab.nomad.logs(allocId, 'stdout'), { timeout: 90_000, interval: 500 })
        .toContain('tiny: ready');
    }
    const macs = tasks.flatMap(({ allocId }) => lab.record(allocId).macAddresses);
    const leases = (await lab.lab.leases()).filter(lease => macs.includes(lease.mac));
    expect(new Set(macs).size).toBe(2);
    expect(new Set(leases.map(lease => lease.address)).size).toBe(2);
    await stopAndWait('pair');
  });

  it('names two NICs ens3 and ens4', async () => {
    await runTiny(lab, 'nics', [], { config: 'network { bridge = "br0" }' });
    const task = await lab.waitForConsole('nics', 'tiny: ready');
    const console = await lab.nomad.logs(task.allocId, 'stdout');
    const [first, second] = lab.record(task.allocId).macAddresses;
    expect(console).toMatch(new RegExp(`ens3 .*global \\| ${first}`));
    expect(console).toMatch(new RegExp(`ens4 .*global \\| ${second}`));
    await stopAndWait('nics');
  });

  it('gives a new VM what was edited into its seed', async () => {
    await runTiny(lab, 'edited', ['echo first version']);
    await lab.waitForConsole('edited', 'first version');
    await stopAndWait('edited');
    await runTiny(lab, 'edited', ['echo second version'], { task: 'meta { edition = "2" }' });
    const task = await lab.waitForConsole('edited', 'second version');
    expect(await lab.nomad.logs(task.allocId, 'stdout')).not.toContain('first version');
    await stopAndWait('edited');
  });

  it('keeps its disk when the task is restarted in place', async () => {
    const count =
      'mkdir -p /mnt && mount /dev/vda1 /mnt && echo boot >>/mnt/boots && echo "boots: $(grep -c boot /mnt/boots)" && umount /mnt';
    await runTiny(lab, 'restarted', [count]);
    const task = await lab.waitForConsole('restarted', 'tiny: ready');
    await lab.nomad.command('alloc', 'restart', task.allocId);
    await lab.waitForConsole('restarted', 'boots: 2');
    await stopAndWait('restarted');
  });

  it('forwards ports of the node into a guest without a bridge', async () => {
    const page = 'mkdir -p /www && echo from the guest >/www/index.html && httpd -p 80 -h /www';
    await lab.writeSeed('ports', { 'user-data': `#tiny: ${page}\n` });
    const config = `
      image = "${lab.tinyImage}"
      network { mode = "user" }
      port_map { http = 80 }
      cloud_init { seed = "ports" }`;
    const group = 'network {\n port "http" { static = 8088 }\n }';
    await lab.nomad.run(renderTinyJob({ id: 'ports', config, group }));
    await lab.waitForConsole('ports', 'tiny: ready');
    const { stdout } = await lab.lab.exec(['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8088/']);
    expect(stdout).toBe('from the guest');
    await stopAndWait('ports');
  });

  it('shows what the VM uses', async () => {
    await runTiny(lab, 'stats', []);
    const task = await lab.waitForConsole('stats', 'tiny: ready');
    await expect
      .poll(() => lab.nomad.command('alloc', 'status', '-stats', task.allocId), {
        timeout: 20_000,
        interval: 1_000,
      })
      .toMatch(/Memory Stats.*RSS.*\d+ MiB/s);
    await stopAndWait('stats');
  });
});
