import { readMessage } from '../errors.ts';
import type { ServerLog } from '../server-log.ts';
import { ChangeQueue, type ChangeTimes, DEFAULT_CHANGE_TIMES } from './change-queue.ts';
import type { SeedChecker } from './seed-checker.ts';
import { watchTree } from './watch-tree.ts';

const WATCH_CURE =
  'raise fs.inotify.max_user_watches and max_user_instances by sysctl: one watch is needed for each folder';

/** What keeping seeds checked works with. */
export interface KeepSeedsCheckedOptions {
  readonly seedsDir: string;
  readonly checker: SeedChecker;
  readonly log: ServerLog;
  readonly signal: AbortSignal;
  /** @default {DEFAULT_CHANGE_TIMES} */
  readonly times?: ChangeTimes;
}

/**
 * Checks all seeds, then each one that is edited, until the signal is aborted. Advice only: whatever goes wrong is
 * logged, and guests are served all the while.
 */
export async function keepSeedsChecked(options: KeepSeedsCheckedOptions): Promise<void> {
  const { seedsDir, checker, log, signal, times = DEFAULT_CHANGE_TIMES } = options;
  const attempt = (work: Promise<void>) =>
    work.catch((error: unknown) => log.error('seeds not checked', { reason: readMessage(error) }));
  const queue = new ChangeQueue(times);
  const ready = Promise.withResolvers<void>();
  const watching = watchTree({
    root: seedsDir,
    signal,
    onReady: ready.resolve,
    onChange: seedPath => queue.add(seedPath),
    onOtherRoot: () => queue.add(undefined),
    onTrouble: error =>
      log.warn('seeds not watched, edits are found later', { reason: readMessage(error), cure: WATCH_CURE }),
  });
  // Watched first, so that no edit falls between the two.
  await Promise.race([ready.promise, watching]);
  await attempt(checker.checkAll({ isFirst: true }));
  for (;;) {
    const changes = await queue.take(signal);
    if (signal.aborted) break;
    await attempt(
      changes.kind === 'all' ? checker.checkAll({ isFirst: false }) : checker.checkChanged(changes.seedPaths),
    );
  }
  await attempt(watching);
}
