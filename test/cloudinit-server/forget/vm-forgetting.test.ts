import { readFile, rename, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ForgetPlan } from '../../../cloudinit-server/forget/vm-forgetting.ts';
import { type ObservingServer, readVms, startObservingServer } from '../observe/observing-server.ts';
import {
  ALLOC,
  IDENTITY,
  LIFE,
  type RegisteringServer,
  register,
  withServer,
} from '../registration/registering-server.ts';

type Answer = ForgetPlan & { readonly forgotten: boolean; readonly error?: string };

async function ask(server: Pick<ObservingServer | RegisteringServer, 'admin'>, vm: string, method = 'GET') {
  const response = await server.admin(`/vms/${encodeURIComponent(vm)}/forget`, { method });
  // Our own server's answer.
  return { status: response.status, answer: (await response.json()) as Answer };
}

describe('forgetting a VM', () => {
  it('says what it will do, does it when it is told to, and is in the audit log', async () => {
    await using server = await startObservingServer(['lab/alice']);
    const { events } = await server.reportPaths('lab/alice');
    await rm(`${server.folder.path}/seeds/lab/alice`, { recursive: true });
    const { status, answer } = await ask(server, 'lab/alice');
    expect([status, answer.forgotten, answer.vm]).toEqual([200, false, 'lab/alice']);
    expect(answer.effects).toContainEqual(expect.stringContaining('no list, metric or page has it'));
    expect(await readVms(server)).toHaveLength(1);

    expect(await ask(server, 'lab/alice', 'POST')).toMatchObject({
      status: 200,
      answer: { forgotten: true },
    });
    expect(await readVms(server)).toEqual([]);
    expect((await server.post(events, '{}')).status).toBe(404);
    expect((await ask(server, 'lab/alice', 'POST')).status).toBe(404);
    const lines = (await readFile(`${server.folder.path}/state/audit.jsonl`, 'utf8')).trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      action: 'vm-forgotten',
      actor: 'admin',
      address: '127.0.0.1',
      vm: 'lab/alice',
    });
  });

  it('is refused while it has a folder, and while that is not known', async () => {
    await using server = await startObservingServer(['alice']);
    await server.reportPaths('alice');
    for (const method of ['GET', 'POST']) {
      const { status, answer } = await ask(server, 'alice', method);
      expect([status, answer.error]).toEqual([409, expect.stringContaining('remove the folder first')]);
    }
    await rename(`${server.folder.path}/seeds`, `${server.folder.path}/away`);
    const { status, answer } = await ask(server, 'alice', 'POST');
    expect([status, answer.error]).toEqual([503, expect.stringContaining('there is no such folder')]);
    expect(await readVms(server)).toHaveLength(1);
  });

  it('is refused while a driver has it', () =>
    withServer(async server => {
      await register(server);
      const { status, answer } = await ask(server, IDENTITY, 'POST');
      expect([status, answer.error]).toEqual([409, expect.stringContaining('stop its job first')]);
      await server.api.deregister(IDENTITY, ALLOC, LIFE);
      expect((await ask(server, IDENTITY, 'POST')).status).toBe(200);
      expect((await server.admin(`/vms/${encodeURIComponent(IDENTITY)}`)).status).toBe(404);
    }));
});
