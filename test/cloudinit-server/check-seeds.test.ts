import { describe, expect, it } from 'vitest';
import { checkSeeds } from '../../cloudinit-server/check-seeds.ts';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { createRecordingLog } from './fakes/recording-log.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

describe('checkSeeds()', () => {
  it('logs some errors of a seed, counts all, and shows nothing that is written there', async () => {
    await using folder = await createTemporaryFolder();
    const unknown = Array.from({ length: 12 }, (_, index) => `hunter${index}: hunter\n`).join('');
    await folder.write('vm1/user-data', `#cloud-config\npassword: hunter\n${unknown}`);
    await folder.write('vm2/user-data', '#cloud-config\n');
    const log = createRecordingLog();
    const store = createFolderSeedStore(folder.path);
    await checkSeeds({ store, log, signal: new AbortController().signal });
    const warnings = log.lines().filter(line => line['level'] === 'warn');
    expect(warnings).toHaveLength(5);
    expect(warnings[0]).toMatchObject({ file: 'vm1/user-data', line: 3, column: 1, rule: 'unknown-key' });
    expect(log.lines().at(-1)).toMatchObject({ message: 'seeds checked', warnings: 12 });
    expect(log.text()).not.toContain('hunter');
  });

  it('fills the log with a hundred lines at most', async () => {
    await using folder = await createTemporaryFolder();
    for (let index = 0; index < 120; index += 1) await folder.write(`vm${index}/user-data`, 'no header\n');
    const log = createRecordingLog();
    const store = createFolderSeedStore(folder.path);
    await checkSeeds({ store, log, signal: new AbortController().signal });
    expect(log.lines().filter(line => line['level'] === 'warn')).toHaveLength(100);
    expect(log.lines().at(-1)).toMatchObject({ warnings: 120 });
  });
});
