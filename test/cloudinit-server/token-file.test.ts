import { chmod, readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTokenFile } from '../../cloudinit-server/token-file.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

describe('openTokenFile()', () => {
  it('makes a token of 256 bits that only its user may read, and keeps it', async () => {
    await using folder = await createTemporaryFolder();
    const path = `${folder.path}/token`;
    const token = openTokenFile(path);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe(`${token}\n`);
    expect(openTokenFile(path)).toBe(token);
    expect(openTokenFile(`${folder.path}/other`)).not.toBe(token);
  });

  it("takes an operator's own, which a group may read", async () => {
    await using folder = await createTemporaryFolder();
    const path = await folder.write('token', `${'secret'.repeat(7)}\n`);
    await chmod(path, 0o640);
    expect(openTokenFile(path)).toBe('secret'.repeat(7));
  });

  it.each([
    ['everybody may read it', 'x'.repeat(43), 0o644, 'may read or change it (mode 0644); remove it'],
    ['it is empty', '', 0o600, 'holds no token of 32 to 512 characters'],
    ['it is short', 'x'.repeat(31), 0o600, 'holds no token'],
    ['it has two lines', `${'x'.repeat(43)}\n${'x'.repeat(43)}`, 0o600, 'holds no token'],
  ])('refuses a file when %s, and says nothing of what is in it', async (_case, content, mode, reason) => {
    await using folder = await createTemporaryFolder();
    const path = await folder.write('token', content);
    await chmod(path, mode);
    expect(() => openTokenFile(path)).toThrow(reason);
    expect(() => openTokenFile(path)).not.toThrow('xxx');
  });

  it('says what it needs where the file cannot be made', () => {
    expect(() => openTokenFile('/proc/token')).toThrow("ENOENT; the server's user needs to read it");
  });
});
