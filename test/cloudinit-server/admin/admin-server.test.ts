import { readFile, rename } from 'node:fs/promises';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { checkAdminAddress } from '../../../cloudinit-server/admin/admin-server.ts';
import { readRecordedBoot } from '../boot/recorded-boot.ts';
import { parseExposition } from '../metrics/parse-exposition.ts';
import { readVm, readVms, replayBoot, startObservingServer } from '../observe/observing-server.ts';

const recorded = readRecordedBoot('trixie-25.1.4');

describe('createAdminServer()', () => {
  it('lists VMs, and tells all of one', async () => {
    await using server = await startObservingServer(['lab/vm1', 'other']);
    await replayBoot(server, 'lab/vm1', recorded);
    await server.get('/other/meta-data');
    expect(await readVms(server)).toMatchObject([
      { seed: 'lab/vm1', state: 'ready', cloud_init: '25.1.4', ready_after_s: expect.any(Number) },
      { seed: 'other', state: 'booting', stage: 'meta-data', ready_after_s: null },
    ]);
    const vm = await readVm(server, 'lab%2Fvm1');
    expect(Object.keys(vm.boots[0]?.reached_s ?? {})).toEqual([
      'meta-data',
      'user-data',
      'vendor-data',
      'activated',
      'network-done',
      'config-done',
      'ready',
    ]);
    expect(vm.boots[0]?.steps.length).toBeGreaterThan(25);
    expect(vm.host_keys).toContainEqual({
      algorithm: 'ssh-ed25519',
      fingerprint: expect.stringMatching(/^SHA256:/),
    });
    const unknown = await server.admin('/vms/none');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: 'no VM is known by "none", a seed or an identity' },
    ]);
  });

  it('names the root seed by a dash', async () => {
    await using server = await startObservingServer(['.']);
    await server.get('/meta-data');
    expect(await (await server.admin('/vms/-')).json()).toMatchObject({ seed: '.', stage: 'meta-data' });
  });

  it('waits for a VM that is not there yet, until it has come as far as wanted', async () => {
    await using server = await startObservingServer(['vm1']);
    const waiting = server.admin('/vms/vm1/wait?for=success&timeout=30');
    await replayBoot(server, 'vm1', recorded);
    expect(await (await waiting).json()).toMatchObject({ outcome: 'reached', stage: 'ready' });
    const since = new Date(Date.now() + 1000).toISOString();
    const later = await server.admin(`/vms/vm1/wait?timeout=0&since=${since}`);
    expect(await later.json()).toMatchObject({ outcome: 'waiting', stage: 'ready' });
  });

  it('says that success is out of reach when a step has failed', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', readRecordedBoot('bookworm-22.4.2'));
    const answer = async (goal: string) => (await server.admin(`/vms/vm1/wait?for=${goal}&timeout=5`)).json();
    expect(await answer('success')).toMatchObject({ outcome: 'failed' });
    expect(await answer('ready')).toMatchObject({ outcome: 'reached' });
  });

  it.each(['for=never', 'timeout=-1', 'timeout=61', 'timeout=x', 'since=tomorrow'])(
    'refuses to wait with %s',
    async query => {
      await using server = await startObservingServer([]);
      const response = await server.admin(`/vms/vm1/wait?${query}`);
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('wanted')]);
    },
  );

  it('publishes host keys under the address and the name of the seed, never under a name of the guest', async () => {
    await using server = await startObservingServer(['lab/vm1']);
    await replayBoot(server, 'lab/vm1', recorded);
    const lines = (await (await server.admin('/known_hosts')).text()).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^127\.0\.0\.1,vm1 (ssh|ecdsa)-[\w-]+ [A-Za-z0-9+/=]+$/);
    expect(lines.join()).not.toContain('lab.example');
  });

  it('has metrics of what it has seen', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', recorded);
    await server.get('/vm1/user-data');
    await server.post('/-/events/nobody', '{}');
    const families = parseExposition(await (await server.admin('/metrics')).text());
    const read = (sample: string) =>
      families.get(sample.replace(/(_count)?(\{.*)?$/, ''))?.samples.get(sample);
    expect(read('cloudinit_vms{state="ready"}')).toBe(0);
    expect(read('cloudinit_vms{state="booting"}')).toBe(1);
    expect(read('cloudinit_vms_at_stage{stage="user-data"}')).toBe(1);
    expect(read('cloudinit_requests_total{file="user-data",status="200"}')).toBe(2);
    expect(read('cloudinit_requests_total{file="report",status="204"}')).toBeGreaterThan(50);
    expect(read('cloudinit_requests_total{file="phone-home",status="204"}')).toBe(1);
    expect(read('cloudinit_tokens_refused_total{listener="guests"}')).toBe(1);
    expect(read('cloudinit_retries_total{file="user-data"}')).toBe(0);
    expect(read('cloudinit_boot_stage_seconds_count{stage="ready"}')).toBe(1);
    expect(read('cloudinit_render_seconds_count{file="vendor-data"}')).toBe(2);
    expect(read('cloudinit_audit_entries_lost_total')).toBe(0);
    expect(read('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    const audited = await readFile(`${server.folder.path}/state/audit.jsonl`, 'utf8');
    expect(audited).toMatch(/"action":"token-refused","actor":"guest".*"path":"\/-\/events\/<token>"/);
  });

  it('counts a file that is asked for again in one boot', async () => {
    await using server = await startObservingServer(['vm1']);
    for (const file of ['meta-data', 'user-data', 'user-data']) await server.get(`/vm1/${file}`);
    const metrics = await (await server.admin('/metrics')).text();
    expect(metrics).toContain('cloudinit_retries_total{file="user-data"} 1\n');
  });

  it('says that it is well, and that it is not ready while it cannot read seeds', async () => {
    await using server = await startObservingServer(['a']);
    const ask = async (path: string) => (await fetch(`${server.adminUrl}${path}`)).status;
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 200]);
    await rename(`${server.folder.path}/seeds`, `${server.folder.path}/away`);
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 503]);
  });

  it('is nothing for a page that calls itself by another name', async () => {
    await using server = await startObservingServer([]);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(server.adminUrl);
      request({ port, path: '/vms', headers: { host: 'evil.example' } }, response => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it.each(['0.0.0.0', '10.0.0.1', '::', 'seeds.example'])('is not for other hosts: %s', host => {
    expect(() => checkAdminAddress({ host, port: 1 })).toThrow('only this host may reach it');
  });
});
