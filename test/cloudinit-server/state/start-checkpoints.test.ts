import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openState, STATE_FILE } from '../../../cloudinit-server/state/open-state.ts';
import { startCheckpoints } from '../../../cloudinit-server/state/start-checkpoints.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('startCheckpoints()', () => {
  it('brings what was written into the database when it has been quiet for a second', async () => {
    await using folder = await createTemporaryFolder();
    using database = openState(folder.path);
    const tidyUp = vi.fn<() => void>();
    using _checkpoints = startCheckpoints(database, tidyUp);
    const empty = readBytes(folder.path);
    write(database, 'alice');
    vi.advanceTimersByTime(1_000);
    expect(readBytes(folder.path)).toBe(empty);
    expect(tidyUp).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(readBytes(folder.path)).toBeGreaterThan(empty);
    vi.advanceTimersByTime(9_000);
    expect(tidyUp).toHaveBeenCalledOnce();
  });

  it('does not come between what is written all the time', async () => {
    await using folder = await createTemporaryFolder();
    using database = openState(folder.path);
    using _checkpoints = startCheckpoints(database, () => undefined);
    const empty = readBytes(folder.path);
    for (let second = 0; second < 9; second += 1) {
      write(database, `vm${second}`);
      vi.advanceTimersByTime(1_000);
    }
    expect(readBytes(folder.path)).toBe(empty);
    vi.advanceTimersByTime(1_000);
    expect(readBytes(folder.path)).toBeGreaterThan(empty);
  });
});

function write(database: DatabaseSync, key: string): void {
  const body = Buffer.alloc(100_000);
  database
    .prepare('insert into good_file (seed, file, body, saved_at) values (?, ?, ?, 0)')
    .run(key, 'x', body);
}

/** Of the database itself; what is new lies beside it at first. */
function readBytes(folder: string): number {
  return statSync(join(folder, STATE_FILE)).size;
}
