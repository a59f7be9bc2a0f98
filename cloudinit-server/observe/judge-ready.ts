import { readStage } from '../boot/boot.ts';
import { diagnoseBoot } from '../boot/diagnose-boot.ts';
import { findNeverAsked } from '../registration/judge-progress.ts';
import { readVmName } from '../vm-name.ts';
import { readSerialAuthor, type VmRecord } from './vm-record.ts';

/** Whether VMs are ready, and what there is to say of the worst of them. */
export interface ReadyVerdict {
  readonly isReady: boolean;
  /** One line of printable text. */
  readonly text: string;
}

/** Judges VMs by their newest boots: all have ended, and no step of any failed. @param now ms since the epoch */
export function judgeReady(records: readonly VmRecord[], now: number): ReadyVerdict {
  const unready = records.map(record => describeUnready(record, now)).find(text => text !== undefined);
  if (unready !== undefined) return { isReady: false, text: unready };
  return records.length > 0
    ? { isReady: true, text: 'ready' }
    : { isReady: false, text: 'nothing was heard of it yet' };
}

/** Why one is not ready; undefined when it is. */
function describeUnready({ vm, registered, newest }: VmRecord, now: number): string | undefined {
  const name = readVmName(vm.key);
  if (registered?.goneAt !== undefined) return `${name}: its driver has taken it off`;
  if (newest === undefined) {
    const finding = registered && findNeverAsked(registered, now);
    return `${name}: ${finding?.text ?? 'nothing was heard of it yet'}`;
  }
  const { state, findings } = diagnoseBoot(newest.boot, now, readSerialAuthor({ registered }));
  if (state === 'ready') return undefined;
  const worst = findings.find(({ code }) => code === 'module-failed') ?? findings[0];
  const where = `${name}: ${state}, at stage "${readStage(newest.boot)}"`;
  return worst === undefined ? where : `${where}: ${worst.text}`;
}
