import { buildHostname } from '../render/generated-meta-data.ts';
import { Rendering } from '../render/rendering.ts';
import { isVariableValue } from '../render/variables.ts';
import { buildVmKey, type RegisteredFacts, type VmFacts } from '../render/vm-facts.ts';
import type { SeedFile } from '../seed-files.ts';
import type { RegistrationRequest } from './drivers-api-types.ts';

/** A VM that no server takes part in: its files and all else that is known of it. */
export interface LocalVm extends Omit<RegistrationRequest, 'seed' | 'delivery' | 'guest_url'> {
  readonly identity: string;
  /** What people would call it; its host name comes from this. */
  readonly name: string;
}

/** The four files as the guest gets them. */
export type RenderedSeed = Readonly<Record<SeedFile, string>>;

/**
 * Renders a VM's files as the server would, had it nothing but those of the job: a missing meta-data is generated, what
 * else is missing is empty, and variables get their values. Looks at nothing.
 */
export async function renderLocalSeed(vm: LocalVm): Promise<RenderedSeed> {
  const readFile = async (file: SeedFile) => {
    const text = vm.files[file];
    return text === undefined ? undefined : Buffer.from(text);
  };
  const rendering = new Rendering(
    {
      seed: { path: vm.identity, readFile },
      vm: buildFacts(vm),
      serverUrl: undefined,
      vendorConfig: undefined,
    },
    { store: { findDefaults: async () => [] } },
  );
  const render = async (file: SeedFile) => (await rendering.render(file)).body.toString();
  return {
    'meta-data': await render('meta-data'),
    'user-data': await render('user-data'),
    'vendor-data': await render('vendor-data'),
    'network-config': await render('network-config'),
  };
}

function buildFacts(vm: LocalVm): VmFacts {
  return {
    key: buildVmKey(vm.identity),
    seedPath: undefined,
    name: vm.name,
    hostname: buildHostname(vm.name),
    registered: buildRegisteredFacts(vm),
    instanceIdPolicy: vm.instance_id,
  };
}

/** Undefined where a name could change what a seed means: its variables then stay as they are. */
function buildRegisteredFacts(vm: LocalVm): RegisteredFacts | undefined {
  const { uuid, mac_addresses: macAddresses, namespace, job, group, task, index, node } = vm;
  const texts = [uuid, ...macAddresses, namespace, job, group, task, node];
  return texts.every(isVariableValue)
    ? { uuid, macAddresses, namespace, job, group, task, index, node }
    : undefined;
}
