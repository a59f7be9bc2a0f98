import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { BumpPlan } from '../../../cloudinit-server/bump/plan-bump.ts';
import { readRecordedBoot } from '../boot/recorded-boot.ts';
import { fakeNeighbours } from '../fakes/neighbours.ts';
import { type ObservingServer, replayBoot, startObservingServer } from '../observe/observing-server.ts';
import {
  bootRegistered,
  IDENTITY,
  MAC,
  type RegisteringServer,
  readReport,
  register,
  withServer,
} from '../registration/registering-server.ts';

type Answer = BumpPlan & { readonly bumped: boolean; readonly error?: string };

async function ask(
  server: Pick<ObservingServer | RegisteringServer, 'admin'>,
  vm: string,
  init?: RequestInit,
) {
  const response = await server.admin(`/vms/${vm}/bump`, init);
  // Our own server's answer.
  return { status: response.status, answer: (await response.json()) as Answer };
}

const POST = { method: 'POST' };

async function readId(server: ObservingServer, seed: string): Promise<string> {
  const text = await (await server.get(`/${seed}/meta-data`, 'curl/8')).text();
  return /instance-id: "?([^"\n]+)/.exec(text)?.[1] ?? text;
}

describe('a bump', () => {
  it('says what it will do, and changes nothing by that', async () => {
    await using server = await startObservingServer(['lab/vm1']);
    const id = await readId(server, 'lab/vm1');
    const { status, answer } = await ask(server, 'lab%2Fvm1');
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      bumped: false,
      vm: 'lab/vm1',
      instance_id: { from: id, to: `${id}-2` },
      guest: 'never-seen',
      host_keys: 'new',
    });
    expect(await readId(server, 'lab/vm1')).toBe(id);
  });

  it('counts, again and again, and is on record and in the audit log', async () => {
    await using server = await startObservingServer(['vm1']);
    const id = await readId(server, 'vm1');
    expect(await ask(server, 'vm1', POST)).toMatchObject({ status: 200, answer: { bumped: true } });
    expect(await readId(server, 'vm1')).toBe(`${id}-2`);
    await ask(server, 'vm1', POST);
    expect(await readId(server, 'vm1')).toBe(`${id}-3`);
    const lines = (await readFile(`${server.folder.path}/state/audit.jsonl`, 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      action: 'instance-id-bumped',
      actor: 'admin',
      address: '127.0.0.1',
      vm: 'vm1',
      from: `${id}-2`,
      to: `${id}-3`,
    });
    expect(server.log.lines().at(-1)).toMatchObject({ message: 'seed file served' });
    expect(server.log.text()).toContain('"message":"instance-id bumped","seed":"vm1"');
  });

  it('that is sent twice bumps once', async () => {
    await using server = await startObservingServer(['vm1']);
    const id = await readId(server, 'vm1');
    const path = `/vms/vm1/bump?from=${id}`;
    expect((await server.admin(path, POST)).status).toBe(200);
    const again = await server.admin(path, POST);
    expect([again.status, await again.text()]).toEqual([409, expect.stringContaining(`${id}-2`)]);
    expect(await readId(server, 'vm1')).toBe(`${id}-2`);
  });

  it('changes an id that follows the content, too', async () => {
    await using server = await startObservingServer(['vm1'], { rendering: { instanceIdPolicy: 'content' } });
    const id = await readId(server, 'vm1');
    await ask(server, 'vm1', POST);
    expect(await readId(server, 'vm1')).toBe(`${id}-2`);
  });

  it.each([
    ['vm1/meta-data', 'instance-id: mine\n', 'in "vm1/meta-data" of the seeds'],
    ['_default/meta-data', 'instance-id: ours\n', 'in "_default/meta-data" of the seeds'],
  ])('does not touch an id that is written by hand in %s', async (file, text, reason) => {
    await using server = await startObservingServer(['vm1']);
    await server.folder.write(`seeds/${file}`, text);
    for (const init of [undefined, POST]) {
      const { status, answer } = await ask(server, 'vm1', init);
      expect([status, answer.error]).toEqual([409, expect.stringContaining(reason)]);
    }
    expect(await readFile(`${server.folder.path}/state/audit.jsonl`, 'utf8').catch(() => '')).not.toContain(
      'bumped',
    );
  });

  it('says of a guest that remembers its seed what must be done in it', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', readRecordedBoot('trixie-25.1.4'));
    const { answer } = await ask(server, 'vm1');
    expect(answer.guest).toBe('remembers');
    expect(answer.todo.join('\n')).toContain('nomad alloc exec ALLOC cloud-init clean --reboot');
  });

  it('knows what it cannot bump', async () => {
    await using server = await startObservingServer(['vm1']);
    expect((await ask(server, 'none')).status).toBe(404);
    expect((await ask(server, '..%2F..%2Fetc', POST)).status).toBe(404);
  });

  it('is for those with the token, whatever is sent along', async () => {
    await using server = await startObservingServer(['vm1']);
    const url = `${server.adminUrl}/vms/vm1/bump`;
    expect((await fetch(url, POST)).status).toBe(401);
    const token = (await readFile(server.tokenFile, 'utf8')).trim();
    const headers = {
      authorization: `Basic ${Buffer.from(`me:${token}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    expect((await fetch(url, { ...POST, headers, body: 'a=b' })).status).toBe(403);
    const sameOrigin = { ...headers, 'sec-fetch-site': 'same-origin' };
    expect((await fetch(url, { ...POST, headers: sameOrigin, body: 'a=b' })).status).toBe(200);
    const huge = { ...POST, headers: sameOrigin, body: 'x'.repeat(2000) };
    expect((await fetch(url, huge)).status).toBe(413);
  });
});

describe('a bump of a registered VM', () => {
  it('is by its identity, opens its seed again, and gives its guest everything once more', () =>
    withServer(
      async server => {
        const { seed_path, instance_id } = await register(server);
        await bootRegistered(server, seed_path, 'trixie-25.1.4');
        expect((await readReport(server)).registration?.sealed_at).not.toBeNull();
        expect(await (await server.get(`${seed_path}user-data`, 'curl/8')).text()).toBe('');
        const name = encodeURIComponent(IDENTITY);
        const { answer } = await ask(server, name);
        expect(answer).toMatchObject({ vm: IDENTITY, guest: 'remembers' });
        expect(answer.effects).toContain('its seed, which is sealed, is opened again');
        expect((await ask(server, name, POST)).status).toBe(200);
        expect((await readReport(server)).registration?.sealed_at).toBeNull();
        expect(await (await server.get(`${seed_path}user-data`, 'curl/8')).text()).toContain('packages');
        expect(await (await server.get(`${seed_path}meta-data`, 'curl/8')).text()).toContain(
          `${instance_id}-2`,
        );
        expect((await register(server)).instance_id).toBe(`${instance_id}-2`);
      },
      { neighbours: fakeNeighbours(() => [MAC]) },
    ));

  it('is not one of the seed that it has', () =>
    withServer(async server => {
      await register(server);
      const { status, answer } = await ask(server, 'alice', POST);
      expect([status, answer.error]).toEqual([409, expect.stringContaining(`bump "${IDENTITY}"`)]);
    }));

  it('does not touch an id that its job has written', () =>
    withServer(async server => {
      await register(server, { files: { 'meta-data': 'instance-id: mine\n' } });
      const { answer } = await ask(server, encodeURIComponent(IDENTITY));
      expect(answer.error).toContain('"mine" is written by hand: change it in the meta_data of its job');
    }));
});
