import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  editSeed,
  expectCleanStop,
  expectFirstBoot,
  expectSameWithoutServer,
  expectSetUpAnew,
  type FirstBoot,
  findConsoleAddress,
  type Release,
} from './follow-guest.ts';
import { guestAgentRepository, labImage, labNomad } from './settings.ts';
import { startTinyGuest } from './tiny-guest.ts';
import { waitUntil } from './wait-until.ts';
import { BOOT_MS, createWatchedGuest, type WatchedGuest } from './watched-guest.ts';

const RELEASE: Release = { version: /^22\.4/, files: ['meta-data', 'user-data', 'vendor-data'] };
const JOB = 'distro-vm';
const VM = 'default/distro-vm/vm/vm/0';

let guest: WatchedGuest;
let first: FirstBoot;
let allocId: string;

beforeAll(async () => {
  guest = await createWatchedGuest({
    job: JOB,
    vm: VM,
    macAddress: '52:54:00:ba:49:01',
    serve: async lab => {
      const server = await lab.startSeeds('--guest-agent');
      // As hard as it gets.
      return () => server.kill('SIGKILL');
    },
  });
  const { lab } = guest.lab;
  // The LAN has no way to Debian's mirrors; its admin says where it has its own.
  const repository = await guestAgentRepository('debian-12', process.env);
  await lab.spawn('mirror', ['busybox', 'httpd', '-f', '-p', `${lab.gateway}:8003`, '-h', repository]);
  await guest.lab.writeSeed('_default', {
    'vendor-data': `#cloud-config
apt:
  preserve_sources_list: false
  sources_list: |
    deb [trusted=yes] http://${lab.gateway}:8003/ ./
`,
  });
  await guest.start({ image: await labImage('debian-12', process.env) });
  const [task] = await guest.lab.nomad.tasks(JOB);
  allocId = task?.allocId ?? '';
}, BOOT_MS);

afterAll(async () => {
  await guest[Symbol.asyncDispose]();
});

/** The address of its seed, as the guest has it. */
async function readSeedUrl(): Promise<string> {
  const serial = await guest.run('sudo', 'cat', '/sys/class/dmi/id/product_serial');
  return /s=(http\S+)$/.exec(serial)?.[1] ?? '';
}

/** What the guest gets when it asks for its seed again: status and size of each file. */
async function askAgain(url: string): Promise<readonly string[]> {
  const ask = `curl -s -o /dev/null -w "%{http_code} %{size_download}\\n"`;
  const urls = ['meta-data', ...['user-data', 'vendor-data', 'network-config']].map(file => url + file);
  const asks = urls.map(each => `${ask} ${each}`).join('; ');
  return (await guest.run(asks)).split('\n');
}

/** The actions of the server's audit log that are about the VM, oldest first; the same in a row is one. */
async function readAudit(): Promise<readonly string[]> {
  const text = await readFile(join(guest.lab.seedState, 'audit.jsonl'), 'utf8');
  const lines = text.split('\n').filter(line => line.includes(`"${VM}"`));
  const actions = lines.map(line => /"action":"([a-z-]+)"/.exec(line)?.[1] ?? line);
  return actions.filter((action, index) => action !== actions[index - 1]);
}

/** Waits until the guest's agent runs commands, which it does a little later than ssh; returns what `hostname` prints. */
async function waitForAgent(): Promise<string> {
  const ask = () => guest.lab.nomad.command('alloc', 'exec', allocId, 'hostname').catch(() => undefined);
  return waitUntil('the guest agent', ask, AbortSignal.timeout(120_000));
}

/** On a terminal of 41 by 123, whose window is made larger once the guest has said so: what that shows. */
async function resizeTerminal(): Promise<string> {
  const { lab } = guest.lab;
  const seen = join(lab.folder, 'typescript');
  const until = (size: string) => `until stty size | grep "^${size}"; do sleep 0.2; done`;
  const onTerminal = `
    window=$(tty)
    stty rows 41 cols 123
    { until grep -q "41 123" "$SEEN"; do sleep 0.1; done; stty -F "$window" rows 50 cols 160; } &
    exec "$NOMAD" alloc exec -i -t "$ALLOC" bash -c '${until('41 123')}; ${until('50 160')}'`;
  const variables = [
    ...['NOMAD_ADDR=http://127.0.0.1:4646', `NOMAD=${await labNomad(process.env)}`],
    ...[`ALLOC=${allocId}`, `SEEN=${seen}`, 'SHELL=/bin/sh'],
  ];
  await writeFile(seen, '');
  // Whoever sits at a terminal does not end the input.
  const start = 'mkfifo "$1" && exec script --quiet --return --flush --command "$2" "$SEEN" <>"$1"';
  const shell = ['sh', '-c', start, 'sh', `${seen}.keyboard`, onTerminal];
  return (await lab.exec(['env', ...variables, ...shell], { timeoutMs: 120_000 })).stdout;
}

async function readEvents(): Promise<readonly string[]> {
  return (await guest.lab.nomad.events(allocId)).map(({ message }) => message);
}

describe('a Debian 12 VM that its driver registers', { timeout: BOOT_MS * 2 }, () => {
  it('asks for every file once, is followed to its end, and known by its host keys', async () => {
    first = await expectFirstBoot(guest, RELEASE);
    expect(first.instanceId).toMatch(/^vm-[0-9a-f]{20}$/);
    expect(await findConsoleAddress(guest, JOB)).toBe(first.report.address);
    expect(await guest.run('hostname; nproc')).toBe('distro-vm\n2');
  });

  it('has told Nomad once where it is, and how its cloud-init ended', async () => {
    const events = await readEvents();
    const addresses = events.filter(message => message.startsWith('address '));
    // Both see it at about the same time: the seed server by the first request, the node by the guest's first packet.
    const told = new RegExp(
      `^address ${first.report.address} on NIC 0 \\((seed request|neighbour table)\\)$`,
    );
    expect(addresses).toEqual([expect.stringMatching(told)]);
    const ends = events.filter(message => message.startsWith('cloud-init '));
    expect(ends).toEqual([expect.stringMatching(/^cloud-init finished in \d+ s$/)]);
  });

  it('has the guest agent from the server, as its image has none', async () => {
    const log = await guest.run('cat', '/var/log/dpkg.log');
    expect(log).toMatch(/ install qemu-guest-agent:amd64 <none> /);
    expect(await waitForAgent()).toBe('distro-vm');
  });

  it('gives "nomad alloc exec -i -t" a terminal of the size of the window, and of its next', async () => {
    expect(await resizeTerminal()).toMatch(/41 123\r?\n50 160/);
  });

  it('gets nothing but its meta-data when it asks again after its boot', async () => {
    const url = await readSeedUrl();
    expect(url).toMatch(/\/-\/vm\/[\w-]{22}\/$/);
    expect(await askAgain(url)).toEqual([expect.stringMatching(/^200 [1-9]/), '200 0', '200 0', '200 0']);
    expect(await readAudit()).toEqual(['vm-registered', 'vm-sealed']);
  });

  it('stays who it is when it reboots without the server', async () => {
    await expectSameWithoutServer(guest, first);
  });

  it('runs its first-boot steps again for an edited seed and a bump, which opens the seed to it alone', async () => {
    const url = await readSeedUrl();
    await editSeed(guest);
    const { instanceId } = first;
    const said = await guest.nomadVm('bump', VM, '--yes');
    expect(said).toContain(`its instance-id is now "${instanceId}-2"`);
    expect(said).toContain('its seed, which is sealed, is opened again');
    const open = expect.stringMatching(/^200 [1-9]/);
    expect(await askAgain(url)).toEqual([open, open, open, '200 0']);

    const neighbour = await startTinyGuest(guest.lab.lab, guest.lab.tinyImage, '52:54:00:aa:00:77', url);
    await waitUntil(
      'the neighbour to give up',
      async () => /cannot fetch .*user-data/.test(await readFile(neighbour.logFile, 'utf8')) || undefined,
      AbortSignal.timeout(90_000),
    );
    await neighbour.kill('SIGKILL');

    // As the bump says: the guest remembers its seed, and has to be told to forget it.
    const clean = ['alloc', 'exec', '-task', 'vm', allocId, 'cloud-init', 'clean', '--reboot'];
    expect(said).toContain(`nomad ${clean.join(' ')}`);
    await waitForAgent();
    await expectSetUpAnew(guest, RELEASE, first, () => guest.lab.nomad.command(...clean));
    expect(await askAgain(await readSeedUrl())).toEqual([open, '200 0', '200 0', '200 0']);
    expect(await readAudit()).toEqual([
      ...['vm-registered', 'vm-sealed', 'vm-unsealed', 'instance-id-bumped'],
      ...['mac-refused', 'host-keys-changed', 'vm-sealed'],
    ]);
    expect((await readEvents()).filter(message => message.startsWith('ssh host keys '))).toHaveLength(1);
  });

  it('is shut down by its agent when its job is stopped', async () => {
    const { eventText } = await expectCleanStop(guest, JOB);
    expect(eventText).toMatch(/stopped by the guest agent after/);
  });
});
