import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of the test's own that goes away with `await using`. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file, making the folders above it; returns its path. */
  write(name: string, content: string | Buffer): Promise<string>;
  /** Makes a folder; returns its path. */
  folder(name: string): Promise<string>;
}

/** Creates one. */
export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'seeds-test-')));
  return {
    path,
    async write(name, content) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
    async folder(name) {
      await mkdir(join(path, name), { recursive: true });
      return join(path, name);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
