import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import { asArray, asRecord } from './nomad/task.ts';
import { renderTinyJob } from './tiny-job.ts';
import { typeOnConsole } from './type-on-console.ts';

let lab: DriverLab;

beforeAll(async () => {
  // The seed server would know the address first.
  lab = await createDriverLab({ registers: false });
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** What the events of an allocation say of addresses. */
async function addressEvents(allocId: string): Promise<readonly string[]> {
  const messages = (await lab.nomad.events(allocId)).map(({ message }) => message);
  return messages.filter(message => message.startsWith('address '));
}

async function nodeAttribute(name: string): Promise<unknown> {
  const [node] = asArray(await lab.nomad.json('/v1/nodes'));
  const { Attributes: attributes } = asRecord(await lab.nomad.json(`/v1/node/${asRecord(node)['ID']}`));
  return asRecord(attributes)[name];
}

async function stop(job: string): Promise<void> {
  await lab.nomad.stopJob(job);
  await lab.nomad.waitForTask(job, task => task.state === 'dead', { timeoutMs: 60_000 });
}

describe('what is seen of a VM from outside', () => {
  it('tells the address by guest agent, once, though the plugin is killed', async () => {
    await lab.writeSeed('agent', { 'user-data': '' });
    const config = `
      image = "${lab.tinyImage}"
      network { bridge = "br0" }
      cloud_init { seed = "agent" }`;
    await lab.nomad.run(renderTinyJob({ id: 'agent', config }));
    const { allocId } = await lab.waitForConsole('agent', 'tiny: ready');
    const [mac] = lab.record(allocId).macAddresses;
    const address = (await lab.lab.leases()).find(lease => lease.mac === mac)?.address;
    const said = `address ${address} on NIC 0 (guest agent)`;
    await expect.poll(() => addressEvents(allocId), { timeout: 20_000 }).toEqual([said]);
    await expect.poll(() => lab.nomad.logs(allocId, 'stderr'), { timeout: 5_000 }).toContain(said);

    // What the VM uses: the host's figures and, by its balloon, the guest's own.
    await expect
      .poll(() => lab.nomad.command('alloc', 'status', '-stats', allocId), {
        timeout: 30_000,
        interval: 1_000,
      })
      .toMatch(/Max Usage +RSS +Swap +Usage\n\d+ MiB +\d+ MiB +\S+ \S+ +\d+ MiB[\s\S]*Percent +System Mode/);

    const plugin = await lab.nomad.pluginPid('nomad-driver-vm');
    if (plugin === undefined) throw new Error('the plugin does not run');
    process.kill(plugin, 'SIGKILL');
    await expect
      .poll(() => lab.nomad.pluginPid('nomad-driver-vm'), { timeout: 20_000 })
      .not.toBeOneOf([plugin, undefined]);
    // The new plugin has looked again once it has fetched the stats again.
    await expect
      .poll(() => lab.nomad.command('alloc', 'status', '-stats', allocId), {
        timeout: 30_000,
        interval: 1_000,
      })
      .toContain('RSS');
    expect(await addressEvents(allocId)).toEqual([said]);

    // The guest goes on with another address, and its agent says so when it starts again.
    await typeOnConsole(
      lab.record(allocId).files,
      'ip addr flush dev ens3; ip addr add 10.77.0.200/24 dev ens3; killall qemu-ga; sleep 1; qemu-ga -m virtio-serial -p /dev/vport*p1 -t /run -f /run/qemu-ga.pid >/run/qemu-ga.log 2>&1 &',
    );
    await expect
      .poll(() => addressEvents(allocId), { timeout: 30_000 })
      .toEqual([said, `address 10.77.0.200 on NIC 0 (guest agent), was ${address}`]);
    await stop('agent');
  });

  it('tells the address by console on a LAN where nobody knows it, on a bridge that came later', async () => {
    expect(await nodeAttribute('driver.vm')).toBe('1');
    expect(await nodeAttribute('driver.vm.bridge.br0')).toBe('1');
    expect(await nodeAttribute('driver.vm.bridge.br1')).toBeUndefined();
    await writeFile(join(lab.lab.folder, 'qemu/bridge.conf'), 'allow br0\nallow br1\n');
    await lab.lab.exec(['ip', 'link', 'add', 'br1', 'type', 'bridge']);
    await lab.lab.exec(['ip', 'link', 'set', 'br1', 'up']);
    await expect.poll(() => nodeAttribute('driver.vm.bridge.br1'), { timeout: 20_000 }).toBe('1');
    expect(await nodeAttribute('driver.vm.bridges')).toBe('br0,br1');

    const config = `
      image = "${lab.tinyImage}"
      guest_agent = false
      network { bridge = "br1" }`;
    const group = `constraint {\n attribute = "\${attr.driver.vm.bridge.br1}"\n value = "1"\n }`;
    await lab.nomad.run(renderTinyJob({ id: 'console', config, group }));
    const { allocId } = await lab.waitForConsole('console', 'tiny: ready');
    const [mac] = lab.record(allocId).macAddresses;
    const row = `ci-info: | ens3 | True | 10.88.0.5 | 255.255.255.0 | global | ${mac} |`;
    await typeOnConsole(lab.record(allocId).files, `echo '${row}'`);
    const said = 'address 10.88.0.5 on NIC 0 (console)';
    await expect.poll(() => addressEvents(allocId), { timeout: 20_000 }).toEqual([said]);
    await stop('console');

    await lab.lab.exec(['ip', 'link', 'delete', 'br1']);
    await expect.poll(() => nodeAttribute('driver.vm.bridge.br1'), { timeout: 20_000 }).toBeUndefined();
  });
});
