import type { Boot } from './boot.ts';
import { type Diagnosis, diagnoseBoot, type SerialAuthor } from './diagnose-boot.ts';

const settled = new WeakMap<Boot, Diagnosis>();

/**
 * What `diagnoseBoot` says, asked once for a boot that time alone cannot change any more: whoever lists VMs asks of
 * thousands, and most of them are ready.
 *
 * @param now ms since the epoch
 */
export function diagnoseOnce(boot: Boot, now: number, serialBy: SerialAuthor): Diagnosis {
  const known = settled.get(boot);
  if (known !== undefined) return known;
  const diagnosis = diagnoseBoot(boot, now, serialBy);
  if (diagnosis.state !== 'booting' && diagnosis.state !== 'stuck') settled.set(boot, diagnosis);
  return diagnosis;
}
