import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

const SECRET = Buffer.from('password: hunter2\n');

describe('content ids', () => {
  it('are equal for equal contents, over restarts too, and differ for others', async () => {
    await using folder = await createTemporaryFolder();
    const name = () => {
      using state = createServerState(`${folder.path}/state`);
      return [state.contentIds.of(SECRET), state.contentIds.of(Buffer.from('password: hunter3\n'))];
    };
    const [first, other] = name();
    expect(first).toMatch(/^[\da-f]{12}$/);
    expect(other).not.toBe(first);
    expect(name()).toEqual([first, other]);
  });

  it('cannot be computed by who guesses the content, nor compared with those of another server', () => {
    using one = createServerState(undefined);
    using two = createServerState(undefined);
    const digest = createHash('sha256').update(SECRET).digest('hex');
    expect(digest.startsWith(one.contentIds.of(SECRET))).toBe(false);
    expect(two.contentIds.of(SECRET)).not.toBe(one.contentIds.of(SECRET));
  });
});
