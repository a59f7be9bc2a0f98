import { listFailures, readStage } from '../boot/boot.ts';
import type { Observation } from '../boot/observation.ts';
import type { VmEventBody } from '../client/drivers-api-types.ts';
import type { RecordedBoot } from '../state/boot-table.ts';

/**
 * What a driver is to be told after one more observation of its VM: where it is, once for each boot and each change,
 * and how its boot ended.
 *
 * @param findMac which of the VM's MAC addresses an address belongs to; undefined when that is not known
 */
export function planEvents(
  before: RecordedBoot | undefined,
  after: RecordedBoot,
  seen: Observation,
  findMac: (address: string) => string | undefined,
): readonly VmEventBody[] {
  const known = before?.id === after.id ? before.boot : undefined;
  const { boot } = after;
  const hasMoved = known?.address !== boot.address;
  const hasEnded = readStage(boot) === 'ready' && (known === undefined || readStage(known) !== 'ready');
  const source = seen.kind === 'file' ? 'seed request' : 'boot report';
  return [
    ...(hasMoved
      ? [
          {
            kind: 'address',
            address: boot.address,
            mac_address: findMac(boot.address) ?? null,
            source,
          } as const,
        ]
      : []),
    ...(hasEnded ? [describeEnd(listFailures(boot), (boot.lastAt - boot.beganAt) / 1000)] : []),
  ];
}

function describeEnd(steps: readonly string[], seconds: number): VmEventBody {
  const took_s = Math.round(seconds * 10) / 10;
  return steps.length === 0 ? { kind: 'ready', took_s } : { kind: 'failed', steps, took_s };
}
