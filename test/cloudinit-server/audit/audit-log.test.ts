import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createAuditLog } from '../../../cloudinit-server/audit/audit-log.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

async function openAudit() {
  const folder = await createTemporaryFolder();
  const log = createRecordingLog();
  const audit = createAuditLog({ stateDir: folder.path, log, now: () => Date.UTC(2026, 0, 2) });
  const path = `${folder.path}/audit.jsonl`;
  return {
    audit,
    log,
    path,
    read: async () => (await readFile(path, 'utf8')).split('\n'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('createAuditLog()', () => {
  it('adds one object a line, for its user alone', async () => {
    await using it = await openAudit();
    it.audit.record({ action: 'server-started', actor: 'server' });
    it.audit.record({
      action: 'instance-id-bumped',
      actor: 'admin',
      address: '127.0.0.1',
      vm: 'lab/vm1',
      content_id: 'ab',
      facts: { from: 'a\nb', to: 'c' },
    });
    const [first = '', second = '', end] = await it.read();
    expect(JSON.parse(first)).toEqual({
      time: '2026-01-02T00:00:00.000Z',
      action: 'server-started',
      actor: 'server',
    });
    expect(JSON.parse(second)).toMatchObject({ vm: 'lab/vm1', content_id: 'ab', from: 'a\nb', to: 'c' });
    expect(end).toBe('');
    expect((await stat(it.path)).mode & 0o777).toBe(0o600);
  });

  it('goes on in a new file when the old one is moved away', async () => {
    await using it = await openAudit();
    it.audit.record({ action: 'vm-sealed', actor: 'server' });
    await rename(it.path, `${it.path}.1`);
    it.audit.record({ action: 'vm-unsealed', actor: 'driver' });
    expect((await it.read())[0]).toContain('vm-unsealed');
    it.audit[Symbol.dispose]();
    expect(it.log.lines()).toEqual([]);
  });

  it('puts what cannot be written into the log, counts it, and goes on afterwards', async () => {
    await using it = await openAudit();
    await mkdir(it.path);
    it.audit.record({ action: 'vm-sealed', actor: 'server', vm: 'a' });
    expect(it.audit.countLost()).toBe(1);
    expect(it.log.lines()).toMatchObject([
      {
        message: 'audit log not written',
        action: 'vm-sealed',
        vm: 'a',
        reason: expect.stringContaining('EISDIR'),
      },
    ]);
    await rm(it.path, { recursive: true });
    it.audit.record({ action: 'vm-unsealed', actor: 'driver' });
    expect((await it.read()).filter(Boolean)).toHaveLength(1);
  });

  it('begins a line of its own after a disk was full in the middle of one', async () => {
    await using it = await openAudit();
    await mkdir(it.path);
    it.audit.record({ action: 'vm-sealed', actor: 'server' });
    await rm(it.path, { recursive: true });
    await writeFile(it.path, '{"half":');
    it.audit.record({ action: 'vm-sealed', actor: 'server' });
    const lines = await it.read();
    expect(lines[0]).toBe('{"half":');
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ action: 'vm-sealed' });
  });
});
