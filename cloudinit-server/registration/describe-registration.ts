import { isUtf8 } from 'node:buffer';
import type { ApiProblem, Registration, RegistrationFinding } from '../client/drivers-api-types.ts';
import type { SeedObserver } from '../observe/seed-observer.ts';
import type { RenderTarget } from '../render/render-target.ts';
import type { SeedRenderer } from '../render/seed-renderer.ts';
import { VM_PATH } from '../request-path.ts';
import { judgeTarget } from '../seed-check/judge-target.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import { buildRegisteredVmFacts } from './build-vm-facts.ts';
import { findRegisteredSeed, type RegisteredSeedOptions } from './registered-seed.ts';

/** What describing a registration works with. */
export interface DescribeRegistrationOptions extends RegisteredSeedOptions {
  readonly renderer: SeedRenderer;
  /** Undefined: guests are not asked to report. */
  readonly seedObserver: SeedObserver | undefined;
  /** The cloud-init that the VM of this key was last seen with; undefined when that is not known. */
  readonly findGuestVersion: (vmKey: string) => string | undefined;
}

/** What the driver is answered. */
export type DescribedRegistration =
  | { readonly kind: 'described'; readonly registration: Registration }
  | { readonly kind: 'invalid'; readonly problems: readonly ApiProblem[] };

/** Findings that are told; who has more has a look at the seed. */
const MAX_FINDINGS = 20;

/**
 * What a registered VM is given: for a disk, its files as a guest would get them by URL.
 *
 * @throws `SeedError` while it cannot be known what the guest should get
 */
export async function describeRegistration(
  registered: RegisteredVm,
  options: DescribeRegistrationOptions,
): Promise<DescribedRegistration> {
  const { renderer, seedObserver } = options;
  const { facts, seedToken } = registered;
  const seed = await findRegisteredSeed(registered, options);
  const vm = buildRegisteredVmFacts(facts);
  const vendorConfig = seedObserver?.buildVendorConfig(vm.key, facts.guestUrl);
  const target: RenderTarget = { seed, vm, serverUrl: facts.guestUrl, vendorConfig };
  const { id } = await renderer.readInstanceId(target);
  const rendered = facts.delivery === 'disk' ? await renderAll(renderer, target) : undefined;
  const problems = rendered === undefined ? [] : findBinary(rendered);
  if (problems.length > 0) return { kind: 'invalid', problems };
  if (rendered !== undefined) {
    for (const file of SEED_FILES) seedObserver?.noteDelivered(vm.key, file, rendered[file], facts.guestUrl);
  }
  return {
    kind: 'described',
    registration: {
      seed_path: `${VM_PATH}${seedToken}/`,
      instance_id: id,
      files: rendered === undefined ? null : toTexts(rendered),
      findings: await findProblems(target, options),
    },
  };
}

type RenderedFiles = Readonly<Record<SeedFile, Buffer>>;

async function renderAll(renderer: SeedRenderer, target: RenderTarget): Promise<RenderedFiles> {
  const render = async (file: SeedFile) => (await renderer.render(file, target)).body;
  return {
    'meta-data': await render('meta-data'),
    'user-data': await render('user-data'),
    'vendor-data': await render('vendor-data'),
    'network-config': await render('network-config'),
  };
}

function findBinary(rendered: RenderedFiles): readonly ApiProblem[] {
  const message =
    'is no UTF-8 text, which the driver could not put on a disk; write it as text, or deliver by URL';
  return SEED_FILES.filter(file => !isUtf8(rendered[file])).map(file => ({ path: `files.${file}`, message }));
}

function toTexts(rendered: RenderedFiles): Readonly<Record<SeedFile, string>> {
  return {
    'meta-data': rendered['meta-data'].toString(),
    'user-data': rendered['user-data'].toString(),
    'vendor-data': rendered['vendor-data'].toString(),
    'network-config': rendered['network-config'].toString(),
  };
}

/** What is wrong with the VM's own files, for a guest as it was last seen. */
async function findProblems(
  target: RenderTarget,
  { store, findGuestVersion }: DescribeRegistrationOptions,
): Promise<readonly RegistrationFinding[]> {
  const guestVersion = findGuestVersion(target.vm.key);
  const findings = await judgeTarget(target, { store, guestVersion });
  return findings.slice(0, MAX_FINDINGS).map(({ file, line, column, severity, message }) => {
    return { file, line, column, severity, message };
  });
}
