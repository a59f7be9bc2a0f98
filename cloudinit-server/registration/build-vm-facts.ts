import { buildHostname } from '../render/generated-meta-data.ts';
import { buildVmKey, type VmFacts } from '../render/vm-facts.ts';
import { ROOT_SEED } from '../seed-path.ts';
import type { RegistrationFacts } from '../state/registration-table.ts';
import { parseIdentity } from './identity.ts';

/** The facts of a registered VM as seeds are rendered by. */
export function buildRegisteredVmFacts(facts: RegistrationFacts): VmFacts {
  const { identity, seedPath, instanceIdPolicy } = facts;
  const { uuid, macAddresses, namespace, job, group, task, index, node } = facts;
  const name = buildVmName(facts);
  return {
    key: buildVmKey(identity),
    seedPath,
    name,
    hostname: buildHostname(name),
    registered: { uuid, macAddresses, namespace, job, group, task, index, node },
    instanceIdPolicy,
  };
}

/**
 * What people would call the VM: by the name that its job gives it, else after its seed, else after its job. From the
 * second one of a group on with its index, so that no two have one name.
 */
function buildVmName({ identity, seedPath, job, index }: RegistrationFacts): string {
  const parts = parseIdentity(identity);
  if (parts?.kind === 'named') return parts.name;
  const seedName = seedPath === ROOT_SEED ? undefined : seedPath?.split('/').at(-1);
  const base = seedName ?? job.split('/').at(-1) ?? job;
  return index === 0 ? base : `${base}-${index}`;
}
