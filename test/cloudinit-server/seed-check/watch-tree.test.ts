import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { watchTree } from '../../../cloudinit-server/seed-check/watch-tree.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

/** Watches a folder of the test's own, in which `prepare` has made something. */
async function startWatching(prepare: (root: string) => Promise<unknown> = async () => undefined) {
  const folder = await createTemporaryFolder();
  const root = await folder.folder('seeds');
  await prepare(root);
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const changed: string[] = [];
  const troubles: unknown[] = [];
  let otherRoots = 0;
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const look of waiting.splice(0)) look();
  };
  const ended = watchTree({
    root,
    signal: stop.signal,
    onChange: path => {
      changed.push(path);
      wake();
    },
    onOtherRoot: () => {
      otherRoots += 1;
      wake();
    },
    onTrouble: error => troubles.push(error),
    onReady: ready.resolve,
    rootMs: 20,
  });
  await ready.promise;
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await new Promise<void>(resolve => waiting.push(resolve));
  };
  return {
    root,
    changed,
    troubles,
    /** Waits until a change of this folder is told. */
    untilChanged: (path: string) => until(() => changed.includes(path)),
    untilOtherRoots: (count: number) => until(() => otherRoots >= count),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('watchTree()', () => {
  it('tells of a file that is written, made, renamed over or removed, and of nothing before', async () => {
    await using tree = await startWatching(async root => {
      for (const name of ['a', 'b', 'c', 'd']) {
        await mkdir(`${root}/lab/${name}`, { recursive: true });
        await writeFile(`${root}/lab/${name}/user-data`, 'x');
      }
    });
    expect(tree.changed).toEqual([]);
    await writeFile(`${tree.root}/lab/a/user-data`, 'y');
    await tree.untilChanged('lab/a');
    await writeFile(`${tree.root}/lab/b/meta-data`, 'y');
    await tree.untilChanged('lab/b');
    await writeFile(`${tree.root}/lab/c/.user-data.swp`, 'y');
    await rename(`${tree.root}/lab/c/.user-data.swp`, `${tree.root}/lab/c/user-data`);
    await tree.untilChanged('lab/c');
    await rm(`${tree.root}/lab/d/user-data`);
    await tree.untilChanged('lab/d');
  });

  it('watches folders that are new, with all that is in them, and tells of those that are gone', async () => {
    await using tree = await startWatching();
    await mkdir(`${tree.root}/lab/vm1`, { recursive: true });
    await tree.untilChanged('lab/vm1');
    tree.changed.length = 0;
    await writeFile(`${tree.root}/lab/vm1/user-data`, 'x');
    await tree.untilChanged('lab/vm1');
    tree.changed.length = 0;
    await rm(`${tree.root}/lab`, { recursive: true });
    await tree.untilChanged('lab/vm1');
  });

  it('knows a folder that was replaced by another of its name', async () => {
    await using tree = await startWatching(root => mkdir(`${root}/vm1`));
    for (let round = 0; round < 5; round += 1) {
      tree.changed.length = 0;
      await rm(`${tree.root}/vm1`, { recursive: true });
      await mkdir(`${tree.root}/vm1`);
      await tree.untilChanged('vm1');
      // Its file is told of by the new watch, or found when the folder is looked at.
      await tree.untilChanged('.');
      tree.changed.length = 0;
      await writeFile(`${tree.root}/vm1/user-data`, String(round));
      await tree.untilChanged('vm1');
    }
  });

  it('looks into a linked folder, and not in circles', async () => {
    await using tree = await startWatching(async root => {
      await mkdir(`${root}/real/below`, { recursive: true });
      await symlink('real', `${root}/linked`);
      await symlink('..', `${root}/real/circle`);
    });
    await writeFile(`${tree.root}/real/user-data`, 'x');
    await tree.untilChanged('linked');
    expect(tree.changed).toContain('real');
    expect(tree.changed.filter(path => path.includes('circle/'))).toEqual([]);
  });

  it('goes on with another root, and when it comes back', async () => {
    await using tree = await startWatching(root => mkdir(`${root}/vm1`));
    await rename(tree.root, `${tree.root}.away`);
    await tree.untilOtherRoots(1);
    await mkdir(`${tree.root}/vm2`, { recursive: true });
    await tree.untilOtherRoots(2);
    tree.changed.length = 0;
    await writeFile(`${tree.root}/vm2/user-data`, 'x');
    await tree.untilChanged('vm2');
  });

  it('leaves out what can be no seed', async () => {
    await using tree = await startWatching(root => mkdir(`${root}/.git/objects`, { recursive: true }));
    await writeFile(`${tree.root}/.git/objects/x`, 'x');
    await mkdir(`${tree.root}/vm1`);
    await tree.untilChanged('vm1');
    expect(tree.changed.filter(path => path.includes('git'))).toEqual([]);
    expect(tree.troubles).toEqual([]);
  });
});
