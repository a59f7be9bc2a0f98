import { readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startObservingServer } from '../../observe/observing-server.ts';

const POST = { method: 'POST', redirect: 'manual' } as const;

describe('addBumpPageRoutes()', () => {
  it('bumps what is asked for, and leads to a page that can be loaded again', async () => {
    await using server = await startObservingServer(['lab/vm1']);
    const page = '/vm/lab%2Fvm1/bump';
    const [, form = ''] = /action="([^"]+)"/.exec(await (await server.admin(page)).text()) ?? [];
    expect(form).toMatch(/^\/vm\/lab%2Fvm1\/bump\?from=\S+$/);
    const done = await server.admin(form, POST);
    const next = done.headers.get('location') ?? '';
    expect([done.status, next]).toEqual([303, form.replace('from=', 'replaced=')]);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await (await server.admin(next)).text()).toMatch(/Its instance-id is now <code>\S+-2<\/code>/);
    }
    expect((await server.admin(form, POST)).status).toBe(409);
    expect(await readFile(`${server.folder.path}/state/audit.jsonl`, 'utf8')).toMatch(
      /"action":"instance-id-bumped","actor":"admin","address":"127\.0\.0\.1","vm":"lab\/vm1"/,
    );
  });

  it('does nothing when it is not said which instance-id is to be replaced', async () => {
    await using server = await startObservingServer(['vm1']);
    for (const query of ['', '?from=a&from=b', '?from=another']) {
      expect((await server.admin(`/vm/vm1/bump${query}`, POST)).status, query).toBe(409);
    }
    expect(await (await server.admin('/vm/vm1/bump')).text()).toContain('Nothing is changed yet');
  });

  it('says why a VM cannot be bumped', async () => {
    await using server = await startObservingServer(['vm1']);
    await server.folder.write('seeds/vm1/meta-data', 'instance-id: mine\n');
    const refused = await server.admin('/vm/vm1/bump');
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining('Its instance-id &quot;mine&quot; is written by hand'),
    ]);
    await server.get('/vm1/user-data');
    await rm(`${server.folder.path}/seeds/vm1`, { recursive: true });
    expect(await (await server.admin('/vm/vm1/bump')).text()).toContain('Its folder is gone from the seeds');
    expect((await server.admin('/vm/none/bump')).status).toBe(404);
    expect((await server.admin('/vm/none/bump?from=x', POST)).status).toBe(404);
  });

  it('takes the word of a browser only for a form of its own pages', async () => {
    await using server = await startObservingServer(['vm1']);
    const token = (await readFile(server.tokenFile, 'utf8')).trim();
    const authorization = `Basic ${Buffer.from(`admin:${token}`).toString('base64')}`;
    const [, form = ''] = /action="([^"]+)"/.exec(await (await server.admin('/vm/vm1/bump')).text()) ?? [];
    const post = async (site: string | undefined) => {
      const headers = { authorization, ...(site !== undefined && { 'sec-fetch-site': site }) };
      const body = new URLSearchParams({ from: 'x' });
      return (await fetch(`${server.adminUrl}${form}`, { ...POST, headers, body })).status;
    };
    for (const site of [undefined, 'none', 'same-site', 'cross-site'])
      expect(await post(site), site).toBe(403);
    expect(await post('same-origin')).toBe(303);
  });

  it('finds VMs with long names', async () => {
    const name = `lab/${'long-name-'.repeat(20)}`;
    await using server = await startObservingServer([name]);
    await server.get(`/${name}/meta-data`);
    const encoded = encodeURIComponent(name);
    for (const path of [`/vm/${encoded}`, `/vm/${encoded}/bump`, `/vms/${encoded}`, `/live/${encoded}`]) {
      const stop = new AbortController();
      expect((await server.admin(path, { signal: stop.signal })).status, path).toBe(200);
      stop.abort();
    }
  });
});
