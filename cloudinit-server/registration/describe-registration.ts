import { isUtf8 } from 'node:buffer';
import type { ApiProblem, Registration, RegistrationFinding } from '../client/drivers-api-types.ts';
import { SeedError } from '../errors.ts';
import type { SeedObserver } from '../observe/seed-observer.ts';
import { renderGiven } from '../render/render-given.ts';
import type { RenderTarget } from '../render/render-target.ts';
import type { SeedRenderer } from '../render/seed-renderer.ts';
import { VM_PATH } from '../request-path.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import type { SeedStore } from '../seed-store.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import { loadSchemas } from '../validate/load-schemas.ts';
import { buildRegisteredVmFacts } from './build-vm-facts.ts';
import { findRegisteredSeed, type RegisteredSeedOptions } from './registered-seed.ts';

/** What describing a registration works with. */
export interface DescribeRegistrationOptions extends RegisteredSeedOptions {
  readonly renderer: SeedRenderer;
  /** Undefined: guests are not asked to report. */
  readonly seedObserver: SeedObserver | undefined;
}

/** What the driver is answered. */
export type DescribedRegistration =
  | { readonly kind: 'described'; readonly registration: Registration }
  | { readonly kind: 'invalid'; readonly problems: readonly ApiProblem[] };

/** Bytes of a file that is checked while guests may be waiting; `nomad-vm check` takes larger ones too. */
const MAX_CHECKED_BYTES = 64 * 1024;

/** Findings that are told; who has more has a look at the seed. */
const MAX_FINDINGS = 20;

/**
 * What a registered VM is given: for a disk, its files as a guest would get them by URL.
 *
 * @throws {SeedError} while it cannot be known what the guest should get
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
      findings: await findProblems(target, options.store),
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

/** What is wrong with the VM's own files, as `nomad-vm check` would say. */
async function findProblems(target: RenderTarget, store: SeedStore): Promise<readonly RegistrationFinding[]> {
  const contents: Partial<Record<SeedFile, Buffer>> = {};
  for (const file of SEED_FILES) {
    const content = await readIfPossible(target.seed, file);
    if (content !== undefined && content.length <= MAX_CHECKED_BYTES) contents[file] = content;
  }
  if (Object.keys(contents).length === 0) return [];
  // Loaded when the first VM needs it: a server that takes no registrations has no use for it here.
  const { validateSeed } = await import('../validate/validate-seed.ts');
  const given = await renderGiven(target, store);
  const findings = validateSeed(contents, { schemas: await loadSchemas(), given, isRegistered: true });
  return findings.slice(0, MAX_FINDINGS).map(({ file, line, column, severity, message }) => {
    return { file, line, column, severity, message };
  });
}

/** An optional file that cannot be read costs the guest that file only, and the log says so when it asks. */
async function readIfPossible(seed: RenderTarget['seed'], file: SeedFile): Promise<Buffer | undefined> {
  try {
    return await seed.readFile(file);
  } catch (error) {
    if (error instanceof SeedError) return undefined;
    throw error;
  }
}
