import { SeedError } from '../errors.ts';
import type { SeedFile } from '../seed-files.ts';
import type { SeedStore } from '../seed-store.ts';
import { GUEST_AGENT_SCRIPT } from '../vendor/guest-agent-script.ts';
import { putConfigUnder } from '../vendor/put-config-under.ts';
import {
  addBumps,
  type BumpCounts,
  buildContentId,
  buildStableId,
  type InstanceId,
  type InstanceIdPolicy,
} from './instance-id.ts';
import { chooseStrongest, findPassingError, type LayerContent, mayPass, readLayers } from './layers.ts';
import { mergeLayers } from './merge-layers.ts';
import type { MergeLayers } from './merge-memo.ts';
import { type MetaDataPlan, planMetaData, renderMetaData } from './meta-data.ts';
import type { RenderNote } from './render-note.ts';
import type { RenderedFile, RenderTarget } from './render-target.ts';
import { buildVariableValues } from './variable-values.ts';
import { replaceVariables, usesVariable } from './variables.ts';
import { completeVendorData } from './vendor-data.ts';

/** What the operator has chosen for all VMs. */
export interface RenderPolicies {
  /** For VMs that have no policy of their own. @default stable */
  readonly instanceIdPolicy?: InstanceIdPolicy | undefined;
  /** Whether vendor-data installs the QEMU guest agent. @default false */
  readonly guestAgent?: boolean | undefined;
}

/** What rendering goes by. */
export interface RenderingOptions extends RenderPolicies {
  /** Where the layers of groups and of all VMs come from. */
  readonly store: Pick<SeedStore, 'findDefaults'>;
  /** @default nothing was ever bumped */
  readonly bumps?: BumpCounts;
}

const EMPTY = Buffer.alloc(0);

/** What is made for one VM at one moment: each layer of each file is read once, and only where it is needed. */
export class Rendering {
  readonly #target: RenderTarget;
  readonly #options: RenderingOptions;
  readonly #layers = new Map<SeedFile, Promise<readonly LayerContent[]>>();

  readonly #mergeVendorData: MergeLayers;

  /** @param mergeVendorData may know what it has merged before */
  constructor(
    target: RenderTarget,
    options: RenderingOptions,
    mergeVendorData: MergeLayers = contents => mergeLayers(contents, putConfigUnder),
  ) {
    this.#target = target;
    this.#options = options;
    this.#mergeVendorData = mergeVendorData;
  }

  /** @throws {SeedError} see `SeedRenderer` */
  async render(file: SeedFile): Promise<RenderedFile> {
    const written = await this.#write(file);
    const instanceId = await this.#findIdFor(file, written.body);
    const { body, missing } = replaceVariables(written.body, this.#values(instanceId));
    const unknown: readonly RenderNote[] =
      missing.length === 0
        ? []
        : [{ message: 'variable without a value left as it is', reason: missing.join(', ') }];
    return { ...written, body, notes: [...written.notes, ...unknown] };
  }

  /** @throws {SeedError} see `SeedRenderer` */
  async readInstanceId(): Promise<InstanceId> {
    const { authorId } = await this.#planMetaData();
    if (authorId === undefined) return { id: await this.#generateId(), origin: 'generated' };
    const written = Buffer.from(authorId);
    // What an author makes of the id is made of the one that would have been generated.
    const generated = usesVariable(written, 'vm.instance_id') ? await this.#generateId() : undefined;
    return { id: replaceVariables(written, this.#values(generated)).body.toString(), origin: 'author' };
  }

  /** A file whose variables are not replaced yet. */
  async #write(file: SeedFile): Promise<RenderedFile> {
    switch (file) {
      case 'user-data':
      case 'network-config': {
        const body = chooseStrongest(await this.#readLayers(file)) ?? EMPTY;
        return { body, asksForReports: false, notes: [] };
      }
      case 'vendor-data': {
        const { body, notes } = this.#mergeVendorData(await this.#readLayers(file));
        const config = this.#target.vendorConfig;
        const script = this.#options.guestAgent === true ? GUEST_AGENT_SCRIPT : undefined;
        const completed = completeVendorData(body, { config, script });
        return { ...completed, notes: [...notes, ...completed.notes] };
      }
      case 'meta-data': {
        const plan = await this.#planMetaData();
        const id = plan.authorId === undefined ? await this.#generateId() : '';
        const body = renderMetaData(plan, id, this.#target.vm.hostname);
        return { body, asksForReports: false, notes: plan.notes };
      }
    }
  }

  /** What `@{vm.instance_id}` stands for in a file, if it is there. */
  async #findIdFor(file: SeedFile, body: Buffer): Promise<string | undefined> {
    if (!usesVariable(body, 'vm.instance_id')) return undefined;
    return file === 'meta-data' ? this.#generateId() : (await this.readInstanceId()).id;
  }

  async #generateId(): Promise<string> {
    const { vm } = this.#target;
    const stableId = buildStableId(vm.key);
    const policy = vm.instanceIdPolicy ?? this.#options.instanceIdPolicy ?? 'stable';
    const id = policy === 'stable' ? stableId : buildContentId(stableId, await this.#readContents());
    return addBumps(id, this.#options.bumps?.find(vm.key) ?? 0);
  }

  /** All that a VM is given but for what the server adds by itself, and what depends on the way to the server. */
  async #readContents(): Promise<readonly Buffer[]> {
    const contents: Buffer[] = [];
    const values = buildVariableValues(this.#target.vm, { instanceId: undefined, serverUrl: undefined });
    for (const file of ['user-data', 'network-config', 'vendor-data'] as const) {
      contents.push(replaceVariables(await this.#readContent(file), values).body);
    }
    return contents;
  }

  async #readContent(file: 'user-data' | 'network-config' | 'vendor-data'): Promise<Buffer> {
    try {
      const layers = await this.#readLayers(file);
      if (file !== 'vendor-data') return chooseStrongest(layers) ?? EMPTY;
      const error = findPassingError(layers);
      if (error !== undefined) throw error;
      return this.#mergeVendorData(layers).body ?? EMPTY;
    } catch (error) {
      // Another content makes another machine of the guest, so nothing is guessed.
      if (!(error instanceof SeedError) || mayPass(error)) throw error;
      // Guests don't get it either until it is repaired.
      return EMPTY;
    }
  }

  async #planMetaData(): Promise<MetaDataPlan> {
    return planMetaData(await this.#readLayers('meta-data'));
  }

  #values(instanceId: string | undefined) {
    const { vm, serverUrl } = this.#target;
    return buildVariableValues(vm, { instanceId, serverUrl });
  }

  #readLayers(file: SeedFile): Promise<readonly LayerContent[]> {
    const known = this.#layers.get(file);
    if (known !== undefined) return known;
    const { seed, vm } = this.#target;
    const read = this.#options.store
      .findDefaults(vm.seedPath)
      .then(defaults => readLayers(file, seed, defaults));
    this.#layers.set(file, read);
    return read;
  }
}
