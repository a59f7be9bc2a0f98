import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A look every millisecond: often enough for what takes a hundred, and too little work to slow down what it watches. */
const LOOK_MS = 1;

/** Milliseconds since 1970 with the clock's full resolution, to be compared with other programs' times. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Waits until a file has something in it.
 *
 * @param find the file's path, once it is known
 * @returns when that was, as nowMs() says
 * @throws the signal's reason, with what was waited for
 */
export async function waitForFirstByte(
  what: string,
  find: () => string | undefined,
  signal: AbortSignal,
): Promise<number> {
  while (!signal.aborted) {
    const path = find();
    if (path !== undefined && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return nowMs();
    await delay(LOOK_MS);
  }
  throw new Error(`Cannot measure the start: nothing came from ${what}: ${String(signal.reason)}`, {
    cause: signal.reason,
  });
}

/** Finds a file in the one folder that will appear below `parent` after this call. */
export function inNextFolder(parent: string, ...inside: readonly string[]): () => string | undefined {
  const known = new Set(listFolder(parent));
  let path: string | undefined;
  return () => {
    const name = path === undefined ? listFolder(parent).find(entry => !known.has(entry)) : undefined;
    if (name !== undefined) path = join(parent, name, ...inside);
    return path;
  };
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
