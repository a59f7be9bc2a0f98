import { rename, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createFolderSeedStore } from '../../../cloudinit-server/folder-seed-store.ts';
import { SeedChecker } from '../../../cloudinit-server/seed-check/seed-checker.ts';
import { createSeedFindings } from '../../../cloudinit-server/seed-check/seed-findings.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

async function openChecker(vms: Readonly<Record<string, readonly string[]>> = {}) {
  const folder = await createTemporaryFolder();
  const log = createRecordingLog();
  const findings = createSeedFindings();
  const guest: { version: string | undefined } = { version: undefined };
  await folder.folder('seeds');
  const checker = new SeedChecker({
    store: createFolderSeedStore(`${folder.path}/seeds`),
    log,
    findings,
    listVms: seedPath => vms[seedPath] ?? [],
    findGuestVersion: () => guest.version,
    signal: new AbortController().signal,
  });
  return {
    checker,
    guest,
    findings,
    log,
    path: folder.path,
    write: (name: string, text: string) => folder.write(`seeds/${name}`, text),
    messages: () => log.lines().map(line => line['message']),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const BROKEN = '#cloud-config\npackges: [a]\n';

describe('SeedChecker at the start', () => {
  it('logs some errors of a seed, counts all, and shows nothing that is written there', async () => {
    await using it = await openChecker();
    const unknown = Array.from({ length: 12 }, (_, index) => `hunter${index}: hunter\n`).join('');
    await it.write('vm1/user-data', `#cloud-config\npassword: hunter\n${unknown}`);
    await it.write('vm2/user-data', '#cloud-config\n');
    await it.checker.checkAll({ isFirst: true });
    const warnings = it.log.lines().filter(line => line['level'] === 'warn');
    expect(warnings).toHaveLength(5);
    expect(warnings[0]).toMatchObject({ file: 'vm1/user-data', line: 3, column: 1, rule: 'unknown-key' });
    expect(it.log.lines().at(-1)).toMatchObject({ message: 'seeds checked', warnings: 12 });
    expect(it.log.text()).not.toContain('hunter');
    expect(it.findings.count('error')).toBe(12);
  });

  it('fills the log with a hundred lines at most', async () => {
    await using it = await openChecker();
    for (let index = 0; index < 120; index += 1) await it.write(`vm${index}/user-data`, 'no header\n');
    await it.checker.checkAll({ isFirst: true });
    expect(it.log.lines().filter(line => line['level'] === 'warn')).toHaveLength(100);
    expect(it.log.lines().at(-1)).toMatchObject({ warnings: 120 });
  });
});

describe('SeedChecker after an edit', () => {
  it('judges a seed anew when it turns out what cloud-init its guest has', async () => {
    await using it = await openChecker();
    await it.write('vm1/user-data', '#cloud-config\nubuntu_pro: {enable: [esm-infra]}\n');
    await it.checker.checkAll({ isFirst: true });
    const findRules = () => it.findings.find('vm1').map(({ rule }) => rule);
    expect(findRules()).not.toContain('newer-key');
    it.guest.version = '22.4.2';
    await it.checker.checkAll({ isFirst: false });
    expect(findRules()).toContain('newer-key');
  });

  it('says what is wrong, where, and which VMs get it, and when it is repaired', async () => {
    await using it = await openChecker({ 'lab/vm1': ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
    await it.write('lab/vm1/user-data', '#cloud-config\npackages: [a]\n');
    await it.checker.checkAll({ isFirst: true });
    await it.write('lab/vm1/user-data', BROKEN);
    await it.checker.checkChanged(['lab/vm1', 'lab']);
    expect(it.log.lines().slice(1)).toMatchObject([
      {
        message: 'seed has an error',
        file: 'lab/vm1/user-data',
        line: 2,
        column: 1,
        rule: 'unknown-key',
        vms: 'a, b, c, d, e and 2 more',
      },
      { message: 'seed edited', seed: 'lab/vm1', errors: 1, warnings: 1 },
    ]);
    expect(it.findings.find('lab/vm1')).toContainEqual(
      expect.objectContaining({ file: 'user-data', line: 2, rule: 'unknown-key' }),
    );
    await it.write('lab/vm1/user-data', '#cloud-config\npackages: [b]\n');
    await it.checker.checkChanged(['lab/vm1']);
    expect(it.log.lines().at(-1)).toMatchObject({ message: 'seed edited', errors: 0 });
    expect(it.findings.count('error')).toBe(0);
  });

  it('judges what seeds share', async () => {
    await using it = await openChecker({ 'lab/_default': ['lab/vm1'] });
    await it.write('_default/vendor-data', '#cloud-config\npackages: [a]\n');
    await it.checker.checkAll({ isFirst: true });
    await it.write('_default/vendor-data', BROKEN);
    await it.write('lab/_default/vendor-data', BROKEN);
    await it.checker.checkChanged(['_default', 'lab/_default', 'lab/_default/below']);
    const errors = it.log.lines().filter(line => line['message'] === 'seed has an error');
    expect(errors).toMatchObject([
      { file: '_default/vendor-data', line: 2 },
      { file: 'lab/_default/vendor-data', line: 2, vms: 'lab/vm1' },
    ]);
    await rm(`${it.path}/seeds/lab`, { recursive: true });
    await it.checker.checkAll({ isFirst: false });
    expect(it.log.lines().at(-1)).toMatchObject({
      message: 'seed gone',
      seed: 'lab/_default',
      vms: 'lab/vm1',
    });
  });

  it('says nothing of a save that changes nothing, and of folders without files', async () => {
    await using it = await openChecker();
    await it.write('vm1/user-data', BROKEN);
    await it.checker.checkAll({ isFirst: true });
    const before = it.log.lines().length;
    await it.write('vm1/user-data', BROKEN);
    await it.write('group/vm2/notes.txt', 'x');
    await it.checker.checkChanged(['vm1', 'group', 'group/vm2']);
    await it.checker.checkAll({ isFirst: false });
    expect(it.log.lines()).toHaveLength(before);
    expect(it.findings.count('error')).toBe(1);
  });

  it('warns when a seed is gone that a VM has, and forgets what was wrong with it', async () => {
    await using it = await openChecker({ vm1: ['vm1'] });
    await it.write('vm1/user-data', BROKEN);
    await it.write('vm2/user-data', '#cloud-config\n');
    await it.checker.checkAll({ isFirst: true });
    await rm(`${it.path}/seeds/vm1`, { recursive: true });
    await it.checker.checkChanged(['vm1', 'vm1']);
    await rm(`${it.path}/seeds/vm2`, { recursive: true });
    await it.checker.checkAll({ isFirst: false });
    expect(it.log.lines().slice(-2)).toMatchObject([
      { level: 'warn', message: 'seed gone', seed: 'vm1', vms: 'vm1' },
      { level: 'info', message: 'seed gone', seed: 'vm2' },
    ]);
    expect([it.findings.count('error'), it.findings.count('warning')]).toEqual([0, 0]);
  });

  it('takes seeds that cannot be reached for neither gone nor repaired', async () => {
    await using it = await openChecker({ vm1: ['vm1'] });
    await it.write('vm1/user-data', BROKEN);
    await it.checker.checkAll({ isFirst: true });
    await rename(`${it.path}/seeds`, `${it.path}/away`);
    await it.checker.checkChanged(['vm1', '.']);
    await it.checker.checkAll({ isFirst: false });
    expect(it.messages()).not.toContain('seed gone');
    expect(it.messages().at(-1)).toBe('seed not readable');
    expect(it.findings.count('error')).toBe(1);
  });
});

describe('SeedChecker with what goes under seeds', () => {
  it('judges a seed anew when that has changed', async () => {
    await using it = await openChecker();
    await it.write('lab/vm1/user-data', '#cloud-config\nusers: [default]\n');
    await it.checker.checkAll({ isFirst: true });
    expect(it.findings.count('error')).toBe(1);
    await it.write('_default/vendor-data', '#cloud-config\nssh_import_id: [gh:alice]\n');
    await it.checker.checkAll({ isFirst: false });
    expect(it.findings.count('error')).toBe(0);
  });

  it('finds names that VMs would share', async () => {
    await using it = await openChecker();
    await it.write('lab/_default/meta-data', 'instance-id: one\n');
    await it.checker.checkAll({ isFirst: true });
    expect(it.log.lines()[0]).toMatchObject({ file: 'lab/_default/meta-data', rule: 'instance-id' });
  });
});
