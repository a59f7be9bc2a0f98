import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import type { LabProcess } from './lab-process.ts';
import { startTinyGuest } from './tiny-guest.ts';
import { renderTinyJob, type TinyJob } from './tiny-job.ts';
import { waitUntil } from './wait-until.ts';

let lab: DriverLab;
let server: LabProcess;

beforeAll(async () => {
  lab = await createDriverLab({ seedServer: 'none' });
  server = await lab.startSeeds();
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** What makes the tiny guest report as cloud-init does: `report NAME start|finish [RESULT]`. */
const REPORT = [
  'fetch vendor-data',
  `endpoint=$(sed -n 's/.*endpoint: *//p' /run/vendor-data | tr -d '"')`,
  `report() { wget -q -O /dev/null --post-data "{\\"name\\":\\"$1\\",\\"event_type\\":\\"$2\\",\\"result\\":\\"$3\\",\\"origin\\":\\"cloudinit\\"}" "$endpoint"; }`,
];

/** Reports of a boot that ends well. */
const FINISH = ['report init-network finish SUCCESS', 'report modules-final finish SUCCESS'];

/** Runs the tiny guest with commands in a seed that the job brings along. */
async function run(
  id: string,
  commands: readonly string[],
  cloudInit = '',
  changes: Partial<TinyJob> = {},
): Promise<void> {
  const seed = `#cloud-config\n${commands.map(command => `#tiny: ${command}\n`).join('')}`;
  const config = `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    cloud_init {
      user_data  = "local/user-data"
      ${cloudInit}
    }`;
  const task = `
    template {
      destination     = "local/user-data"
      left_delimiter  = "[["
      right_delimiter = "]]"
      data            = <<EOF
${seed.replaceAll('${', '$${')}EOF
    }`;
  await lab.nomad.run(renderTinyJob({ id, config, task, ...changes }));
}

async function eventsOf(allocId: string): Promise<readonly string[]> {
  return (await lab.nomad.events(allocId)).map(({ message }) => message);
}

function until(allocId: string, message: string | RegExp): Promise<string> {
  const isIt = (each: string) => (typeof message === 'string' ? each === message : message.test(each));
  const find = async () => (await eventsOf(allocId)).find(isIt);
  return waitUntil(`the event ${message}`, find, AbortSignal.timeout(60_000));
}

async function stop(job: string): Promise<void> {
  await lab.nomad.stopJob(job);
  await lab.nomad.waitForTask(job, ({ state }) => state === 'dead', { timeoutMs: 60_000 });
}

async function killPlugin(): Promise<void> {
  const pid = await lab.nomad.pluginPid('nomad-driver-vm');
  if (pid === undefined) throw new Error('the plugin does not run');
  process.kill(pid, 'SIGKILL');
  await expect
    .poll(() => lab.nomad.pluginPid('nomad-driver-vm'), { timeout: 20_000 })
    .not.toBeOneOf([pid, undefined]);
}

/** The actions of the server's audit log that are about a VM, oldest first. */
function auditOf(identity: string): readonly string[] {
  return readFileSync(join(lab.seedState, 'audit.jsonl'), 'utf8')
    .split('\n')
    .filter(line => line.includes(`"${identity}"`))
    .map(line => /"action":"([a-z-]+)"/.exec(line)?.[1] ?? line);
}

/** Everything that the plugin and the agent have written down, and qemu's arguments. */
function writtenDown(allocId: string): string {
  const { stage, files } = lab.record(allocId);
  if (stage.tag !== 'running') throw new Error(`The VM of allocation "${allocId}" is ${stage.tag}`);
  const texts = readdirSync(files.stateDir).filter(name => name !== 'console.log');
  return [
    `/proc/${stage.qemu.pid}/cmdline`,
    `/proc/${stage.wrapper.pid}/cmdline`,
    lab.nomad.logFile,
    ...texts.map(name => join(files.stateDir, name)),
  ]
    .map(path => readFileSync(path, 'utf8'))
    .join('\n');
}

describe('a registered VM', () => {
  it('gets its seed by a token that only it knows, and is known by where it asks from', async () => {
    // Later it asks from another address, which nobody but the seed server can know of.
    const move = 'ip addr add 10.77.0.201/24 dev ens3; ip route replace 10.77.0.1 dev ens3 src 10.77.0.201';
    await run('token', [
      'say "serial $(cat /sys/class/dmi/id/product_serial)"',
      `(sleep 5; ${move}; fetch meta-data) &`,
    ]);
    const { allocId } = await lab.waitForConsole('token', 'tiny: ready');
    const console = await lab.nomad.logs(allocId, 'stdout');
    const [, url = '', token = ''] = /s=(http:\S+\/-\/vm\/([\w-]{22})\/)/.exec(console) ?? [];
    expect(token).toHaveLength(22);
    expect(console).toMatch(/tiny: instance-id "vm-[0-9a-f]{20}"/);
    expect(writtenDown(allocId)).toContain('-smbios\0file=');
    expect(writtenDown(allocId)).not.toContain(token);
    expect(readFileSync(server.logFile, 'utf8')).not.toContain(token);

    const [mac = ''] = lab.record(allocId).macAddresses;
    const address = (await lab.lab.leases()).find(lease => lease.mac === mac)?.address;
    await until(allocId, `address 10.77.0.201 on NIC 0 (seed request), was ${address}`);
    expect((await eventsOf(allocId)).filter(message => message.startsWith('address '))).toHaveLength(2);

    // A neighbour that has the address of the seed is not the VM.
    const neighbour = await startTinyGuest(lab.lab, lab.tinyImage, '52:54:00:aa:00:77', url);
    await waitUntil(
      'the neighbour to give up',
      async () => /cannot fetch .*user-data/.test(readFileSync(neighbour.logFile, 'utf8')) || undefined,
      AbortSignal.timeout(90_000),
    );
    expect(readFileSync(neighbour.logFile, 'utf8')).toContain('cannot fetch');
    expect(readFileSync(neighbour.logFile, 'utf8')).not.toContain('tiny: serial');
    await neighbour.kill('SIGKILL');
    expect(auditOf('default/token/vm/vm/0')).toContain('mac-refused');

    await stop('token');
    await expect.poll(() => auditOf('default/token/vm/vm/0').at(-1), { timeout: 20_000 }).toBe('vm-removed');
  });

  it('takes what a template makes of a variable of Nomad, by the example of docs/cloud-init.md', async () => {
    const guide = readFileSync(join(import.meta.dirname, '../../docs/cloud-init.md'), 'utf8');
    const readBlock = (name: string) =>
      new RegExp(`^  ${name} \\{\\n[^]*?^  \\}`, 'm').exec(guide)?.[0] ?? '';
    const task = readBlock('template').replace('\nEOF', '\n#tiny: grep -A1 authorized /run/user-data\nEOF');
    const config = readBlock('config').replace(/^ {2}config \{|\}$/g, '');
    expect([task, config]).toEqual([
      expect.stringContaining('nomadVar'),
      expect.stringContaining('user_data'),
    ]);
    await lab.nomad.command('var', 'put', '-force', 'nomad/jobs/alice', 'ssh_key=ssh-ed25519 AAAA alice');
    const image = config.replace(/image = ".*"/, `image = "${lab.tinyImage}"`);
    await lab.nomad.run(renderTinyJob({ id: 'alice', config: image, task }));
    const { allocId } = await lab.waitForConsole('alice', 'tiny: ready');
    expect(await lab.nomad.logs(allocId, 'stdout')).toMatch(
      /ssh_authorized_keys:\r?\n {2}- ssh-ed25519 AAAA alice\r?\n/,
    );
    await stop('alice');
  });

  it('has the end of its cloud-init told once, though the plugin is killed before it hears of it', async () => {
    await run('finished', [...REPORT, '(sleep 8; report modules-final finish SUCCESS) &']);
    const { allocId } = await lab.waitForConsole('finished', 'tiny: ready');
    await killPlugin();
    const told = await until(allocId, /^cloud-init finished in \d+(\.\d)? s$/);
    await killPlugin();
    await run('bystander', [...REPORT, ...FINISH]);
    const { allocId: bystander } = await lab.waitForConsole('bystander', 'tiny: ready');
    await until(bystander, /^cloud-init finished in/);
    expect((await eventsOf(allocId)).filter(message => message === told)).toHaveLength(1);
    expect((await eventsOf(allocId)).filter(message => message.startsWith('address '))).toHaveLength(1);
    await Promise.all([stop('finished'), stop('bystander')]);
  });

  it('runs on when a step of its cloud-init fails, and says which', async () => {
    await run('failed', [...REPORT, 'report modules-final/config-packages-update finish FAIL', ...FINISH]);
    const { allocId } = await lab.waitForConsole('failed', 'tiny: ready');
    await until(allocId, /^cloud-init failed in module packages-update after \d+(\.\d)? s$/);
    expect(await lab.nomad.tasks('failed')).toMatchObject([{ state: 'running' }]);
    const account = () => lab.nomad.logs(allocId, 'stderr');
    await expect.poll(account, { timeout: 10_000 }).toContain('cloud-init failed in module packages-update');
    await stop('failed');
  });

  it('fails its task when a step of its cloud-init fails, where the job says so', async () => {
    const failing = [...REPORT, 'report modules-final/config-runcmd finish FAIL', ...FINISH];
    await run('must-not-fail', failing, 'must_finish_within = "10m"');
    const task = await lab.nomad.waitForTask('must-not-fail', ({ state }) => state === 'dead', {
      timeoutMs: 120_000,
    });
    expect(task).toMatchObject({ failed: true, exitCode: 108 });
    expect(task.events.map(({ message }) => message).join('\n')).toMatch(
      /VM ended: cloud-init failed in module runcmd after .* s; stopped by the guest agent after/,
    );
  });

  it('fails its task when its cloud-init takes too long, and in no other case, though the plugin is killed', async () => {
    const limit = 'must_finish_within = "90s"';
    await run('in-time', [...REPORT, ...FINISH], limit);
    await run('late', ['say up'], limit);
    const { allocId } = await lab.waitForConsole('in-time', 'tiny: ready');
    await until(allocId, /^cloud-init finished/);
    await killPlugin();
    // It was started last, so both deadlines are over then.
    const task = await lab.nomad.waitForTask('late', ({ state }) => state === 'dead', { timeoutMs: 240_000 });
    expect(task).toMatchObject({ failed: true, exitCode: 110 });
    expect(task.events.map(({ message }) => message).join('\n')).toMatch(
      /VM ended: cloud-init has not finished within 90 s.*; stopped by the/,
    );
    expect(await lab.nomad.tasks('in-time')).toMatchObject([{ state: 'running', restarts: 0 }]);
    await stop('in-time');
  });

  it('gets its seed on a disk, which the server has rendered', async () => {
    const content = `meta_data = <<EOF
local-hostname: "@{vm.job}-on-@{vm.index}"
EOF
      network_config = <<EOF
version: 2
ethernet: {}
EOF
      delivery = "disk"`;
    await run('disk', ['say "job @{vm.job}"'], content);
    const { allocId } = await lab.waitForConsole('disk', 'tiny: ready');
    const console = await lab.nomad.logs(allocId, 'stdout');
    expect(console).toContain('tiny: hostname "disk-on-0"');
    expect(console).toContain('tiny: job disk');
    expect(console).toMatch(/tiny: seed on \/dev\/vd/);
    expect(await lab.nomad.logs(allocId, 'stderr')).toContain('seed on a disk');
    await until(allocId, /^seed has .*: network-config:\d+:\d+: /);
    await stop('disk');
  });

  it('is a failure that Nomad tries again while the server is away, and is taken off when it is back', async () => {
    await run('gone', ['say up']);
    await lab.waitForConsole('gone', 'tiny: ready');
    await server.kill('SIGKILL');
    await stop('gone');
    await run('waiting', ['say up'], '', { restarts: 50 });
    const isWaiting = (message: string) => message.includes('Cannot start the VM yet: its seed server');
    await lab.nomad.waitForTask('waiting', ({ events }) => events.some(({ message }) => isWaiting(message)), {
      timeoutMs: 60_000,
    });
    server = await lab.startSeeds();
    await lab.waitForConsole('waiting', 'tiny: ready');
    await expect.poll(() => auditOf('default/gone/vm/vm/0').at(-1), { timeout: 60_000 }).toBe('vm-removed');
    await stop('waiting');
  });

  it('is not started with files of the node in its seed', async () => {
    await run('wrong', ['say up'], 'seed = "nobody"\n network_config = "/etc/passwd"');
    const first = await lab.nomad.waitForTask('wrong', ({ state }) => state === 'dead', {
      timeoutMs: 60_000,
    });
    const said = first.events.map(({ message }) => message).join('\n');
    expect(said).toContain('config.cloud_init.network_config: "/etc/passwd" leads out of the task\'s folder');
    expect(said).not.toContain('root:x:0');
  });
});
