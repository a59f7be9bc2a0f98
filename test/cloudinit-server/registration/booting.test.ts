import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { VmEvent } from '../../../cloudinit-server/client/drivers-api-types.ts';
import { fakeNeighbours } from '../fakes/neighbours.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';
import {
  ALLOC,
  bootRegistered,
  IDENTITY,
  LIFE,
  MAC,
  REQUEST,
  type RegisteringServer,
  readReport,
  readReportPaths,
  register,
  startRegisteringServer,
  withServer,
} from './registering-server.ts';

async function listEvents(server: RegisteringServer, after = 0): Promise<readonly VmEvent[]> {
  const page = await server.api.events({ node: 'node-1', after, waitSeconds: 0 }, LIFE);
  if (page.kind !== 'events') throw new Error(`no events: ${JSON.stringify(page)}`);
  return page.events;
}

const KEY_A = `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519'), Buffer.alloc(36, 1)]).toString('base64')}`;
const KEY_B = `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519'), Buffer.alloc(36, 2)]).toString('base64')}`;
const tellKey = (key: string) =>
  new URLSearchParams({ pub_key_ed25519: key, instance_id: 'vm-1' }).toString();

describe('a registered VM that boots', () => {
  it('is served as others are, and its driver is told where it is and how it ended', () =>
    withServer(
      async server => {
        const { seed_path } = await register(server);
        expect(new Set(await bootRegistered(server, seed_path, 'trixie-25.1.4'))).toEqual(
          new Set([200, 204]),
        );
        const about = { identity: IDENTITY, alloc_id: ALLOC };
        expect(await listEvents(server)).toEqual([
          {
            ...about,
            cursor: 1,
            at: expect.stringMatching(/^\d{4}-.*Z$/),
            kind: 'address',
            address: '127.0.0.1',
            mac_address: MAC,
            source: 'seed request',
          },
          { ...about, cursor: 2, at: expect.anything(), kind: 'ready', took_s: expect.any(Number) },
        ]);
        expect(await readReport(server)).toMatchObject({ name: IDENTITY, seed: 'alice', state: 'ready' });
      },
      { neighbours: fakeNeighbours(() => [MAC]) },
    ));

  it('tells which steps failed', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      await bootRegistered(server, seed_path, 'bookworm-22.4.2');
      expect((await listEvents(server)).at(-1)).toMatchObject({
        kind: 'failed',
        steps: ['modules-config/config-locale'],
      });
    }));

  it('tells its driver over a restart of the server, from where the driver is', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', 'u');
    const first = await startRegisteringServer(folder);
    const { seed_path } = await register(first);
    await bootRegistered(first, seed_path, 'trixie-25.1.4');
    await first.stop();
    const second = await startRegisteringServer(folder);
    expect(await listEvents(second)).toHaveLength(2);
    expect(await listEvents(second, 1)).toMatchObject([{ kind: 'ready' }]);
    expect(await listEvents(second, 2)).toEqual([]);
    // A cursor of a state that was lost.
    expect(await listEvents(second, 9_000)).toHaveLength(2);
    await second.stop();
  });

  it("wakes a driver that waits, and no other node's", () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      const waiting = server.api.events({ node: 'node-1', after: 0, waitSeconds: 20 }, LIFE);
      const other = server.api.events({ node: 'node-2', after: 0, waitSeconds: 0.2 }, LIFE);
      await server.get(`${seed_path}meta-data`);
      expect(await waiting).toMatchObject({ cursor: 1, events: [{ kind: 'address' }] });
      expect(await other).toEqual({ kind: 'events', events: [], cursor: 0 });
    }));

  it('lets a driver that waits go when the server stops', () =>
    withServer(async server => {
      const waiting = server.api.events({ node: 'node-1', after: 7, waitSeconds: 60 }, LIFE);
      // The request is there when another one is answered.
      await server.api.events({ node: 'node-1', after: 7, waitSeconds: 0 }, LIFE);
      await server.stop();
      expect(await waiting).toMatchObject({ kind: 'events', events: [] });
    }));

  it('tells that its host keys changed, but not of the keys of a new allocation', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      const { phoneHome } = await readReportPaths(server, seed_path);
      await server.post(phoneHome, tellKey(KEY_A));
      await server.post(phoneHome, tellKey(KEY_B));
      const kinds = async () => (await listEvents(server)).map(({ kind }) => kind);
      expect(await kinds()).toEqual(['address', 'host-keys-changed']);
      await register(server, { alloc_id: 'another' });
      await server.post(phoneHome, tellKey(KEY_A));
      expect(await kinds()).toEqual(['address', 'host-keys-changed']);
    }));

  it('is told apart from its boots in another allocation', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      await bootRegistered(server, seed_path, 'trixie-25.1.4');
      await register(server, { alloc_id: 'another' });
      expect(await readReport(server)).toMatchObject({ state: 'new', stage: null, boots: { length: 1 } });
    }));
});

describe('sealing', () => {
  const read = async (server: RegisteringServer, path: string) => (await server.get(path)).text();

  it('closes the seed when cloud-init has ended well, but for the meta-data', () =>
    withServer(async server => {
      const { seed_path, instance_id } = await register(server);
      await bootRegistered(server, seed_path, 'trixie-25.1.4');
      expect(await read(server, `${seed_path}meta-data`)).toContain(instance_id);
      for (const file of ['user-data', 'vendor-data', 'network-config']) {
        const answer = await server.get(`${seed_path}${file}`);
        expect([answer.status, await answer.text()]).toEqual([200, '']);
      }
      expect((await readReport(server)).registration?.sealed_at).toMatch(/^\d{4}-/);
      // Told again of the same allocation, it stays closed: its disk is the same.
      await register(server);
      expect(await read(server, `${seed_path}user-data`)).toBe('');
      const { seed_path: next } = await register(server, { alloc_id: 'another' });
      expect(await read(server, `${next}user-data`)).toContain('vim');
    }));

  it('leaves open what was opened since the boot that is reported, by a bump or for another allocation', () =>
    withServer(async server => {
      const first = await register(server);
      const { events } = await readReportPaths(server, first.seed_path);
      await bootRegistered(server, first.seed_path, 'trixie-25.1.4');
      expect(await read(server, `${first.seed_path}user-data`)).toBe('');
      await server.admin(`/vms/${encodeURIComponent(IDENTITY)}/bump`, { method: 'POST' });
      const late = '{"name": "modules-final", "event_type": "finish", "result": "SUCCESS"}';
      expect((await server.post(events, late)).status).toBe(204);
      expect(await read(server, `${first.seed_path}user-data`)).toContain('packages');
      const other = await register(server, { alloc_id: 'another' });
      expect((await server.post(events, late)).status).toBe(204);
      expect(await read(server, `${other.seed_path}user-data`)).toContain('packages');
      // Its own boot closes it.
      await bootRegistered(server, other.seed_path, 'trixie-25.1.4');
      expect(await read(server, `${other.seed_path}user-data`)).toBe('');
    }));

  it("is on record before the guest's last report is answered", async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', 'u');
    const first = await startRegisteringServer(folder);
    const { seed_path } = await register(first);
    await bootRegistered(first, seed_path, 'trixie-25.1.4');
    await first.stop();
    const second = await startRegisteringServer(folder);
    expect(await read(second, `${seed_path}user-data`)).toBe('');
    await second.stop();
  });

  it.each([
    ['a step failed', {}, {}, 'bookworm-22.4.2'],
    ['the operator says never', { policies: { seal: 'never' } }, {}, 'trixie-25.1.4'],
    ['guests fetch their seed at every boot', { observing: { reseed: 'every-boot' } }, {}, 'trixie-25.1.4'],
    [
      'its author has it forget its seed',
      {},
      { 'vendor-data': '#cloud-config\nmanual_cache_clean: false\n' },
      'trixie-25.1.4',
    ],
    [
      'its user-data may say otherwise',
      {},
      { 'user-data': '#cloud-config\nmanual_cache_clean: false\n' },
      'trixie-25.1.4',
    ],
  ] as const)('does not close a seed when %s', (_, options, files, recording) =>
    withServer(async server => {
      const { seed_path } = await register(server, { files });
      await bootRegistered(server, seed_path, recording);
      expect(await read(server, `${seed_path}user-data`)).not.toBe('');
      expect((await readReport(server)).registration?.sealed_at).toBeNull();
    }, options),
  );
});

describe('binding to MAC addresses', () => {
  const OTHER = '52:54:00:99:99:99';

  it('refuses another machine as if the token were unknown, and tells people', () =>
    withServer(
      async (server, folder) => {
        const { seed_path } = await register(server);
        const refused = await server.get(`${seed_path}user-data`);
        const unknown = await server.get('/-/vm/AAAAAAAAAAAAAAAAAAAAAA/user-data');
        expect([refused.status, await refused.text()]).toEqual([unknown.status, await unknown.text()]);
        expect(refused.status).toBe(404);
        const report = await readReport(server);
        expect(report.registration?.refused_requests).toBe(1);
        expect(report.findings).toMatchObject([
          { code: 'mac-refused', text: expect.stringContaining(OTHER) },
        ]);
        expect(await (await server.admin('/metrics')).text()).toContain('cloudinit_macs_refused_total 1');
        expect(await readFile(`${folder.path}/state/audit.jsonl`, 'utf8')).toMatch(
          /"action":"mac-refused".*"vm":"default\/web\/vm\/vm\/0".*52:54:00:99:99:99/,
        );
        expect(server.log.text()).not.toContain(seed_path.split('/')[3]);
      },
      { neighbours: fakeNeighbours(() => [OTHER]) },
    ));

  it.each([
    ['when-seen', [], 200],
    ['when-seen', [OTHER, MAC], 200],
    ['off', [OTHER], 200],
    ['required', [], 404],
    ['required', [MAC], 200],
  ] as const)('%s: answers a source whose MAC addresses are %j with %d', (bindMac, macs, status) =>
    withServer(
      async server => {
        const { seed_path } = await register(server);
        expect((await server.get(`${seed_path}user-data`)).status).toBe(status);
      },
      { policies: { bindMac }, neighbours: fakeNeighbours(() => macs) },
    ),
  );

  it('registers no VM that could never fetch its seed', () =>
    withServer(
      async server => {
        const request = { ...REQUEST, mac_addresses: [] };
        expect(await server.api.register(IDENTITY, request, LIFE)).toMatchObject({
          kind: 'invalid',
          problems: [{ path: 'mac_addresses' }],
        });
        expect(await server.api.register(IDENTITY, { ...request, delivery: 'disk' }, LIFE)).toMatchObject({
          kind: 'registered',
        });
      },
      { policies: { bindMac: 'required' } },
    ));
});

describe('what drivers report', () => {
  it('is shown to people, and contradicts keys that the guest did not print', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      const { phoneHome } = await readReportPaths(server, seed_path);
      await server.post(phoneHome, tellKey(KEY_A));
      const hosts = async () => (await server.admin('/known_hosts')).text();
      expect(await hosts()).toContain('127.0.0.1,alice ssh-ed25519');
      const report = { alloc_id: ALLOC, console_tail: 'alice login: ', host_keys: [KEY_A] };
      await server.api.report(IDENTITY, report, LIFE);
      expect(await readReport(server)).toMatchObject({
        findings: [],
        driver: { console_tail: 'alice login: ', host_keys: [{ algorithm: 'ssh-ed25519' }], address: null },
      });
      await server.api.report(IDENTITY, { alloc_id: ALLOC, host_keys: [KEY_B] }, LIFE);
      expect(await readReport(server)).toMatchObject({
        findings: [{ code: 'host-keys-differ' }],
        driver: { console_tail: 'alice login: ' },
      });
      expect(await hosts()).toBe('');
      // The page shows the console, and nothing that its text could do to it.
      await server.api.report(IDENTITY, { alloc_id: ALLOC, console_tail: '\u001b[31m<b>login\r\n' }, LIFE);
      const page = await (await server.admin(`/vm/${encodeURIComponent(IDENTITY)}`)).text();
      expect(page).toContain('&lt;b&gt;login<');
      expect(page).not.toContain('\u001b');
      expect(page).toContain('node-1');
    }));
});
