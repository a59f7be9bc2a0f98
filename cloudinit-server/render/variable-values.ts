import type { Variable } from './variables.ts';
import { isVariableValue } from './variables.ts';
import type { VmFacts } from './vm-facts.ts';

/** What variables stand for. Undefined is what is not known, or must not stand in YAML. */
export type VariableValues = (name: Variable) => string | undefined;

/**
 * The values for one VM.
 *
 * @param instanceId undefined while it is not known
 */
export function buildVariableValues(
  vm: VmFacts,
  others: { readonly instanceId: string | undefined; readonly serverUrl: string | undefined },
): VariableValues {
  const { registered } = vm;
  const values: Readonly<Record<Variable, string | undefined>> = {
    'vm.seed': vm.seedPath,
    'vm.name': vm.name,
    'vm.hostname': vm.hostname,
    'vm.instance_id': others.instanceId,
    'vm.uuid': registered?.uuid,
    'vm.mac': registered?.macAddresses[0],
    'vm.namespace': registered?.namespace,
    'vm.job': registered?.job,
    'vm.group': registered?.group,
    'vm.task': registered?.task,
    'vm.index': registered?.index.toString(),
    'vm.node': registered?.node,
    'server.url': others.serverUrl,
  };
  return name => {
    const value = values[name];
    // The server's URL is its own, and has brackets where its address is of IPv6; the root's path is a dot.
    if (value === undefined || name === 'server.url' || value === '.') return value;
    return isVariableValue(value) ? value : undefined;
  };
}
