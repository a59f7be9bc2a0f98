import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../qemu/process-identity.ts';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import type { DriverNode } from './driver-node.ts';
import { asArray, asRecord } from './nomad/task.ts';
import { runTiny } from './run-tiny.ts';
import type { TinyJob } from './tiny-job.ts';

let lab: DriverLab;
let second: DriverNode;

/** A node counts as down after ten seconds rather than half a minute. */
const HASTY_SERVER = `
server {
  min_heartbeat_ttl = "3s"
  heartbeat_grace   = "6s"
}`;

beforeAll(async () => {
  lab = await createDriverLab({ serverConfig: HASTY_SERVER });
  second = await lab.addNode({ name: 'second', httpPort: 4656 });
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** An allocation as the server sees it. */
interface Allocation {
  readonly id: string;
  readonly node: string;
  readonly clientStatus: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

/** Oldest first. */
async function allocations(job: string): Promise<readonly Allocation[]> {
  const all = asArray(await lab.nomad.json(`/v1/job/${job}/allocations?all=true`)).map(asRecord);
  return all
    .sort((a, b) => Number(a['CreateIndex']) - Number(b['CreateIndex']))
    .map(alloc => {
      const task = asRecord(asRecord(alloc['TaskStates'])['vm']);
      return {
        id: String(alloc['ID']),
        node: String(alloc['NodeName']),
        clientStatus: String(alloc['ClientStatus']),
        startedAtMs: Date.parse(String(task['StartedAt'])),
        finishedAtMs: Date.parse(String(task['FinishedAt'])),
      };
    });
}

/** Where each allocation of a job is, and how it goes, oldest first: `second: running`. */
function expectAllocations(job: string, timeoutMs = 60_000) {
  const list = async () =>
    (await allocations(job)).map(({ node, clientStatus }) => `${node}: ${clientStatus}`);
  return expect.poll(list, { timeout: timeoutMs, interval: 200 });
}

/** Runs a VM that says who it is and counts its boots. It prefers the second node and may move to the first one. */
async function runMovable(id: string, changes: Partial<TinyJob> = {}): Promise<void> {
  const commands = [
    'echo "I am $(cat /sys/class/net/ens3/address) $(cat /sys/class/dmi/id/product_uuid)"',
    'mkdir -p /mnt && mount /dev/vda1 /mnt && echo boot >>/mnt/boots && echo "boots: $(grep -c boot /mnt/boots)" && umount /mnt',
  ];
  const prefersSecond = `affinity {\n attribute = "\${node.unique.name}"\n value = "second"\n weight = 100\n }`;
  const reschedule = 'unlimited = true\n delay = "5s"\n delay_function = "constant"';
  const group = `${prefersSecond}\nupdate {\n min_healthy_time = "1s"\n }\n${changes.group ?? ''}`;
  await runTiny(lab, id, commands, { reschedule, ...changes, group });
}

/** Starts one on the second node; returns its allocation. Nomad replaces none whose deployment is under way. */
async function startOnSecond(id: string, changes: Partial<TinyJob> = {}): Promise<Allocation> {
  await runMovable(id, changes);
  await lab.waitForConsole(id, 'tiny: ready');
  const isDeployed = async () => asRecord(await lab.nomad.json(`/v1/job/${id}/deployment`))['Status'];
  await expect.poll(isDeployed, { timeout: 30_000, interval: 200 }).toBe('successful');
  const [allocation] = await allocations(id);
  if (allocation === undefined) throw new Error(`Job "${id}" has no allocation`);
  expect(allocation).toMatchObject({ node: 'second', clientStatus: 'running' });
  return allocation;
}

/** Waits until a job has a running allocation on the first node. */
async function waitForReplacement(id: string): Promise<Allocation> {
  await expectAllocations(id, 90_000).toContain('nomad: running');
  const found = (await allocations(id)).findLast(({ node }) => node === 'nomad');
  if (found === undefined) throw new Error(`Job "${id}" does not run on the first node any more`);
  return found;
}

/** Who a guest is by its own account. */
async function identityOf(allocId: string): Promise<string | undefined> {
  const isReady = async () => (await lab.nomad.logs(allocId, 'stdout')).includes('tiny: ready');
  await expect.poll(isReady, { timeout: 90_000, interval: 200 }).toBe(true);
  return /I am (\S+ \S+)/.exec(await lab.nomad.logs(allocId, 'stdout'))?.[1];
}

/** How many qemu processes, on whichever node, are the VM that a guest says it is. */
async function countVms(identity: string | undefined): Promise<number> {
  const [, uuid] = identity?.split(' ') ?? [];
  const { stdout } = await lab.lab.exec([
    'pgrep',
    '--count',
    '--full',
    `^/usr/bin/qemu-system.* -uuid ${uuid} `,
  ]);
  return Number(stdout);
}

function qemuOf(node: DriverNode, allocId: string) {
  const { stage } = node.record(allocId);
  if (stage.tag !== 'running') throw new Error(`The VM of allocation "${allocId}" is ${stage.tag}`);
  return stage.qemu;
}

/** As when a node loses its power: its agent, the plugin, the VM. */
async function cutPower(node: DriverNode, allocId: string): Promise<void> {
  const { stage } = node.record(allocId);
  if (stage.tag !== 'running') throw new Error(`The VM of allocation "${allocId}" is ${stage.tag}`);
  await node.nomad.kill('SIGKILL');
  const plugin = await node.nomad.pluginPid('nomad-driver-vm');
  if (plugin !== undefined) process.kill(plugin, 'SIGKILL');
  process.kill(-stage.wrapper.pid, 'SIGKILL');
  process.kill(stage.qemu.pid, 'SIGKILL');
}

async function stop(job: string): Promise<void> {
  await lab.nomad.stopJob(job);
  const isOver = async () => (await lab.nomad.tasks(job)).every(({ state }) => state === 'dead');
  await expect.poll(isOver, { timeout: 60_000 }).toBe(true);
}

describe('a VM whose node dies', () => {
  it('comes up on another node with the same MAC address and UUID, and only there', async () => {
    const first = await startOnSecond('bereft');
    const identity = await identityOf(first.id);
    expect(identity).toMatch(/^52:54:00:\S+ [0-9a-f-]{36}$/);
    await cutPower(second, first.id);
    const replacement = await waitForReplacement('bereft');
    expect(await identityOf(replacement.id)).toBe(identity);
    await second.nomad.restart();
    await expectAllocations('bereft').toEqual(['second: lost', 'nomad: running']);
    expect(await countVms(identity)).toBe(1);
    await stop('bereft');
  });
});

describe('a VM whose agent is away', () => {
  it('goes on as the same process with disconnect { replace = false }', async () => {
    const group = 'disconnect {\n lost_after = "1h"\n replace = false\n }';
    const { id } = await startOnSecond('patient', { group });
    const qemu = qemuOf(second, id);
    await second.nomad.kill('SIGKILL');
    await expectAllocations('patient').toEqual(['second: unknown']);
    expect(isProcessAlive(qemu)).toBe(true);
    await second.nomad.restart();
    await expectAllocations('patient').toEqual(['second: running']);
    expect(qemuOf(second, id)).toEqual(qemu);
    await stop('patient');
  });

  it('runs on two nodes without a disconnect block, until its agent is back and ends the older one', async () => {
    const original = await startOnSecond('default-block');
    const originalQemu = qemuOf(second, original.id);
    const identity = await identityOf(original.id);
    await second.nomad.kill('SIGKILL');
    const replacement = await waitForReplacement('default-block');
    expect(await identityOf(replacement.id)).toBe(identity);
    expect(isProcessAlive(originalQemu)).toBe(true);
    await second.nomad.restart();
    await expect.poll(() => isProcessAlive(originalQemu), { timeout: 60_000 }).toBe(false);
    expect(await countVms(identity)).toBe(1);
    await stop('default-block');
  });

  it.each([
    ['keep_original', 'second'],
    ['keep_replacement', 'nomad'],
    ['best_score', 'second'],
  ])('is one VM again after disconnect { reconcile = "%s" }', async (reconcile, kept) => {
    const job = reconcile.replace('_', '-');
    const group = `disconnect {\n lost_after = "1h"\n replace = true\n reconcile = "${reconcile}"\n }`;
    const original = await startOnSecond(job, { group });
    const originalQemu = qemuOf(second, original.id);
    const identity = await identityOf(original.id);
    await second.nomad.kill('SIGKILL');
    const replacement = await waitForReplacement(job);
    const replacementQemu = qemuOf(lab, replacement.id);
    // Two machines with one MAC address, as nobody on the first node can see the second one.
    expect(await identityOf(replacement.id)).toBe(identity);
    expect(isProcessAlive(originalQemu)).toBe(true);
    await second.nomad.restart();
    const isKept = kept === 'second';
    await expectAllocations(job).toEqual([
      `second: ${isKept ? 'running' : 'complete'}`,
      `nomad: ${isKept ? 'complete' : 'running'}`,
    ]);
    expect([isProcessAlive(originalQemu), isProcessAlive(replacementQemu)]).toEqual([isKept, !isKept]);
    expect(await countVms(identity)).toBe(1);
    await stop(job);
  });
});

describe('a VM whose node is drained', () => {
  it('is shut down there, then comes up on another node with the same MAC address and UUID', async () => {
    const first = await startOnSecond('drained');
    await second.nomad.command('node', 'drain', '-enable', '-self', '-yes', '-detach', '-deadline', '60s');
    const next = await waitForReplacement('drained');
    expect(await identityOf(next.id)).toBe(await identityOf(first.id));
    const [old] = await allocations('drained');
    expect(old?.clientStatus).toBe('complete');
    expect(old?.finishedAtMs).toBeLessThanOrEqual(next.startedAtMs);
    await second.nomad.command('node', 'drain', '-disable', '-self', '-yes');
    await stop('drained');
  });

  it('begins there with a new persistent disk, says so, and finds the old one again at home', async () => {
    const config = 'disk = "persistent"';
    const runOn = (edition: number) =>
      runMovable('settled', { config, task: `meta { edition = "${edition}" }` });
    await runOn(1);
    await lab.waitForConsole('settled', 'boots: 1');
    await second.nomad.command('node', 'drain', '-enable', '-self', '-yes', '-detach', '-deadline', '60s');
    const away = await waitForReplacement('settled');
    await lab.waitForConsole('settled', 'boots: 1');
    const messages = (await lab.nomad.events(away.id)).map(({ message }) => message).join('\n');
    expect(messages).toContain('disk "default/settled/vm/vm/0" is new on this node');
    await second.nomad.command('node', 'drain', '-disable', '-self', '-yes');
    await runOn(2);
    await lab.waitForConsole('settled', 'boots: 2');
    await stop('settled');
  });
});
