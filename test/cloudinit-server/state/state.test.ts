import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { MAX_BOOTS, MAX_OBSERVATIONS } from '../../../cloudinit-server/state/boot-table.ts';
import { STATE_FILE } from '../../../cloudinit-server/state/open-state.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { observeRecordedBoot } from '../boot/recorded-boot.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';
import { addRegisteredVm } from './registered-vm.ts';

const recorded = observeRecordedBoot('bookworm-22.4.2');

describe('createServerState()', () => {
  it('remembers VMs with their tokens, boots, host keys and good files', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'a/state');
    using first = createServerState(path);
    const vm = first.vms.ensure('seed:alice', 1);
    expect(vm.token).toMatch(/^[\w-]{22}$/);
    expect(first.vms.ensure('seed:alice', 2)).toBe(vm);
    const newest = recorded.reduce<ReturnType<typeof first.boots.newest>>(
      (boot, seen) => first.boots.add(vm.id, boot, seen),
      undefined,
    );
    first.hostKeys.replace(vm.id, [{ algorithm: 'ssh-ed25519', key: 'AAAA' }], {
      address: '10.0.0.1',
      at: 5,
    });
    first.goodFiles.save('alice', 'user-data', Buffer.from('good'), 7);
    first.goodFiles.save('alice', 'vendor-data', undefined, 8);
    first.bumps.add('seed:alice');
    first.bumps.add('seed:alice');
    const served = { body: Buffer.from('x'), serverUrl: 'http://10.0.0.1:8000', since: 9 };
    first.served.save(vm.id, 'user-data', served);
    first.served.save(vm.id, 'user-data', { ...served, since: 10 });
    // What is there without a word of farewell is there after kill -9 too.
    await execa('cp', ['-r', path, join(folder.path, 'copy')]);
    using second = createServerState(join(folder.path, 'copy'));
    expect(second.vms.findByToken(vm.token)).toEqual(vm);
    expect(second.boots.newest(vm.id)).toEqual(newest);
    expect(second.hostKeys.list(vm.id)).toEqual([
      { algorithm: 'ssh-ed25519', key: 'AAAA', address: '10.0.0.1', seenAt: 5 },
    ]);
    expect(second.goodFiles.find('alice', 'user-data')).toEqual({ body: Buffer.from('good'), savedAt: 7 });
    expect(second.goodFiles.find('alice', 'vendor-data')).toEqual({ body: undefined, savedAt: 8 });
    expect(second.goodFiles.find('alice', 'meta-data')).toBeUndefined();
    expect([second.bumps.find('seed:alice'), second.bumps.find('seed:bob')]).toEqual([2, 0]);
    expect(second.served.find(vm.id, 'user-data')).toEqual(served);
    second.served.save(vm.id, 'user-data', { ...served, body: Buffer.from('y'), since: 11 });
    expect(second.served.find(vm.id, 'user-data')).toMatchObject({ body: Buffer.from('y'), since: 11 });
    expect(second.served.find(vm.id, 'meta-data')).toBeUndefined();
  });

  it('brings a state of the version before up to date, with all that it holds', async () => {
    await using folder = await createTemporaryFolder();
    const first = createServerState(folder.path);
    const { vm } = addRegisteredVm(first, {}, { registeredAt: 7, openedAt: 9 });
    first[Symbol.dispose]();
    const older = new DatabaseSync(join(folder.path, STATE_FILE));
    older.exec(
      'alter table registration drop column opened_at; drop table fresh_observation; pragma user_version = 5',
    );
    older.close();
    using state = createServerState(folder.path);
    expect(state.registrations.find(vm.id)).toMatchObject({ vm, registeredAt: 7, openedAt: 7 });
  });

  it('keeps its folder and file to itself', async () => {
    await using folder = await createTemporaryFolder();
    using _state = createServerState(join(folder.path, 'state'));
    expect(statSync(join(folder.path, 'state')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder.path, 'state/state.db')).mode & 0o777).toBe(0o600);
  });

  it('keeps the newest boots and the first observations of each', () => {
    using state = createServerState(undefined);
    const vm = state.vms.ensure('seed:alice', 1);
    let newest: ReturnType<typeof state.boots.newest>;
    for (let boot = 0; boot < MAX_BOOTS + 3; boot += 1) {
      for (const seen of recorded) {
        newest = state.boots.add(vm.id, newest, { ...seen, at: seen.at + boot * 100_000 });
      }
    }
    expect(state.boots.list(vm.id)).toHaveLength(MAX_BOOTS);
    expect([...state.boots.each(vm.id)]).toEqual(state.boots.list(vm.id).toReversed());
    const [last] = recorded.slice(-1);
    if (last === undefined) throw new Error('nothing recorded');
    for (let index = 0; index < MAX_OBSERVATIONS + 10; index += 1) {
      newest = state.boots.add(vm.id, newest, { ...last, at: (newest?.boot.lastAt ?? 0) + 1 });
    }
    expect(state.boots.newest(vm.id)?.observations).toBe(MAX_OBSERVATIONS);
  });

  it('says when a host key that was known has changed', () => {
    using state = createServerState(undefined);
    const { id } = state.vms.ensure('seed:alice', 1);
    const from = { address: '10.0.0.1', at: 1 };
    const key = (text: string) => ({ algorithm: 'ssh-ed25519', key: text });
    expect(state.hostKeys.replace(id, [key('A')], from)).toBe(false);
    expect(state.hostKeys.replace(id, [key('A'), { algorithm: 'ssh-rsa', key: 'R' }], from)).toBe(false);
    expect(state.hostKeys.replace(id, [key('B')], from)).toBe(true);
  });

  it('loses nothing that it said was kept when it is killed', async () => {
    await using folder = await createTemporaryFolder();
    const script = await folder.write(
      'writer.ts',
      `import { createServerState } from ${JSON.stringify(join(import.meta.dirname, '../../../cloudinit-server/state/state.ts'))};
       const state = createServerState(${JSON.stringify(join(folder.path, 'state'))});
       for (let index = 0; ; index += 1) {
         const vm = state.vms.ensure('seed:' + index, index);
         process.stdout.write(vm.token + '\\n');
       }`,
    );
    const written: string[] = [];
    const writer = execa(process.execPath, [script], { reject: false, buffer: false });
    for await (const line of writer.iterable()) {
      written.push(line);
      if (written.length === 60) writer.kill('SIGKILL');
    }
    await writer;
    using state = createServerState(join(folder.path, 'state'));
    expect(written.length).toBeGreaterThanOrEqual(60);
    for (const [index, token] of written.entries()) {
      // The last line may be cut off, as a pipe's is.
      if (token.length === 22) expect(state.vms.findByToken(token)?.key).toBe(`seed:${index}`);
    }
  });

  it('refuses a folder that it cannot use, and says why', async () => {
    await using folder = await createTemporaryFolder();
    const file = await folder.write('file', 'x');
    expect(() => createServerState(file)).toThrow(`Cannot keep state in "${file}"`);
    await folder.write(
      'broken/state.db',
      'this is no database, and long enough to be looked at as one'.repeat(20),
    );
    expect(() => createServerState(join(folder.path, 'broken'))).toThrow('file is not a database');
    expect(readFileSync(join(folder.path, 'broken/state.db'), 'utf8')).toContain('this is no database');
  });
});
