import { listFailures, readStage } from '../boot/boot.ts';
import type { Observation } from '../boot/observation.ts';
import type { ServerLog } from '../server-log.ts';
import type { RecordedBoot } from '../state/boot-table.ts';
import { describeVm } from '../vm-name.ts';

/** Logs what an operator wants to follow of a boot: that it began, what failed, and that it ended. */
export function logProgress(
  vmKey: string,
  before: RecordedBoot | undefined,
  after: RecordedBoot,
  seen: Observation,
  log: ServerLog,
): void {
  const { id, boot } = after;
  const isNew = before?.id !== id;
  const known = isNew || before === undefined ? undefined : before.boot;
  const facts = { ...describeVm(vmKey), boot: id, address: boot.address };
  if (isNew) log.info('boot began', { ...facts, unfinished_before: boot.unfinishedBefore });
  // Nothing else fails a step, and there are many reports.
  if (seen.kind === 'event' && seen.result === 'FAIL') {
    const failedBefore = known === undefined ? [] : listFailures(known);
    for (const step of listFailures(boot)) {
      if (!failedBefore.includes(step)) log.warn('cloud-init step failed', { ...facts, step });
    }
  }
  if (boot.phonedHomeAt !== undefined && known?.phonedHomeAt === undefined)
    log.info('guest phoned home', facts);
  if (readStage(boot) === 'ready' && (known === undefined || readStage(known) !== 'ready')) {
    log.info('guest ready', { ...facts, took_ms: boot.lastAt - boot.beganAt });
  }
}
