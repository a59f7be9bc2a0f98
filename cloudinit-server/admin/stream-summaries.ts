import { takeTurns } from '../take-turns.ts';
import type { VmSummary } from './vm-report.ts';

/** VMs that are written at once. */
const CHUNK = 50;

/** `{"vms":[…]}` piece by piece: thousands of VMs are megabytes, and guests are answered meanwhile. */
export async function* streamSummaries(vms: readonly VmSummary[]): AsyncGenerator<string> {
  const rest = takeTurns();
  yield '{"vms":[';
  for (let at = 0; at < vms.length; at += CHUNK) {
    await rest();
    const chunk = vms.slice(at, at + CHUNK).map(vm => JSON.stringify(vm));
    yield `${at === 0 ? '' : ','}${chunk.join(',')}`;
  }
  yield ']}';
}
