import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { readErrnoCode } from '../errors.ts';
import { buildSeedPath, ROOT_SEED } from '../seed-path.ts';
import { MAX_DEPTH } from '../walk-seed-paths.ts';
import { Bell } from './bell.ts';

/** How often the root is looked for: what is mounted over it, or in the place of a link to it, sends no event. */
const ROOT_MS = 5_000;

/** What watching works with. */
export interface WatchTreeOptions {
  readonly root: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Something in the folder of this seed path has changed, or it is new, or gone. */
  readonly onChange: (seedPath: string) => void;
  /** The root is another folder now: a link was changed, something was mounted, or it came back. */
  readonly onOtherRoot: () => void;
  /** A folder cannot be watched; others may be. Called once for each kind of error. */
  readonly onTrouble: (error: unknown) => void;
  /** Called when all that is there is watched. */
  readonly onReady?: () => void;
  /** How often the root is looked for, in ms. @default 5000 */
  readonly rootMs?: number;
}

/**
 * Watches a folder of seeds and every folder in it, by one inotify watch each. Node's own recursive `watch` takes one
 * for each file too, and blocks while it looks for them.
 *
 * It goes on when the root goes away, and until the signal is aborted.
 */
export async function watchTree(options: WatchTreeOptions): Promise<void> {
  const { signal, onReady, rootMs = ROOT_MS } = options;
  const tree = new WatchedTree(options);
  try {
    await tree.look(ROOT_SEED);
    tree.isReady = true;
    onReady?.();
    while (!signal.aborted) {
      await tree.news.wait(rootMs, signal);
      await tree.lookAgain();
    }
  } finally {
    tree.isReady = false;
    tree.forget(ROOT_SEED);
  }
}

interface WatchedFolder {
  /** Undefined for one that cannot be watched. */
  readonly watcher: FSWatcher | undefined;
  /** Which folder it is, whatever its name; the time that it was made at, as inodes are used again. */
  readonly identity: string;
}

class WatchedTree {
  readonly #options: WatchTreeOptions;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #pending = new Set<string>();
  readonly #troubles = new Set<string>();
  /** Rings when there is something to look at again. */
  readonly news = new Bell();
  /** Whether what is found or lost from now on is to be told. */
  isReady = false;

  constructor(options: WatchTreeOptions) {
    this.#options = options;
  }

  /** Looks at what events have named, and whether the root is what it was. */
  async lookAgain(): Promise<void> {
    const pending = [...this.#pending];
    this.#pending.clear();
    const root = await this.#identify(ROOT_SEED);
    if (root !== this.#folders.get(ROOT_SEED)?.identity) {
      this.forget(ROOT_SEED);
      await this.look(ROOT_SEED);
      this.#options.onOtherRoot();
      return;
    }
    for (const path of pending) {
      if (this.#options.signal.aborted) return;
      await this.look(path);
    }
  }

  /** Watches a folder and those in it, as far as they are not watched yet; forgets it where it is gone. */
  async look(first: string): Promise<void> {
    const pending = [first];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (this.#options.signal.aborted) return;
      const identity = await this.#identify(path);
      if (identity === this.#folders.get(path)?.identity) continue;
      // What is in it is known only if it is: forgetting goes through all folders, and most are new.
      if (this.#folders.has(path)) this.forget(path);
      if (identity !== undefined) {
        this.#folders.set(path, { identity, watcher: this.#watch(path) });
        pending.push(...(await this.#listFolders(path)));
      }
      // Once it is watched: what is changed from now on is told again.
      if (this.isReady) this.#options.onChange(path);
    }
  }

  /** Stops watching a folder and those in it. */
  forget(path: string): void {
    for (const [known, { watcher }] of this.#folders) {
      if (known !== path && path !== ROOT_SEED && !known.startsWith(`${path}/`)) continue;
      watcher?.close();
      this.#folders.delete(known);
      if (this.isReady && known !== path) this.#options.onChange(known);
    }
  }

  #watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(this.#locate(path), { persistent: false }, (event, name) => {
        this.#options.onChange(path);
        // A folder below may be new, gone or another one.
        const below = event === 'rename' && name !== null ? joinSeedPath(path, name) : undefined;
        if (below === undefined) return;
        this.#pending.add(below);
        this.news.ring();
      });
      // The folder is gone; what is above it tells so.
      return watcher.on('error', () => watcher.close());
    } catch (error) {
      const code = readErrnoCode(error) ?? '';
      // Gone again already.
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      if (!this.#troubles.has(code)) this.#options.onTrouble(error);
      this.#troubles.add(code);
      return undefined;
    }
  }

  async #listFolders(path: string): Promise<readonly string[]> {
    const folder = this.#locate(path);
    try {
      // A link to a folder is a seed, but not gone into: it may lead in a circle.
      if (path !== ROOT_SEED && (await lstat(folder)).isSymbolicLink()) return [];
      const entries = await readdir(folder, { withFileTypes: true });
      return entries
        .filter(entry => entry.isDirectory() || entry.isSymbolicLink())
        .map(({ name }) => joinSeedPath(path, name))
        .filter(below => below !== undefined);
    } catch {
      // Gone, or not readable: the check of its seed tells so.
      return [];
    }
  }

  async #identify(path: string): Promise<string | undefined> {
    try {
      const found = await stat(this.#locate(path), { bigint: true });
      return found.isDirectory() ? `${found.dev}:${found.ino}:${found.birthtimeNs}` : undefined;
    } catch {
      // Gone, or not to be searched.
      return undefined;
    }
  }

  #locate(path: string): string {
    return path === ROOT_SEED ? this.#options.root : `${this.#options.root}/${path}`;
  }
}

function joinSeedPath(folder: string, name: string): string | undefined {
  const segments = [...(folder === ROOT_SEED ? [] : folder.split('/')), name];
  return segments.length <= MAX_DEPTH ? buildSeedPath(segments) : undefined;
}
