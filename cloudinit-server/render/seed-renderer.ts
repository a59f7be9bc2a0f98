import type { SeedFile } from '../seed-files.ts';
import type { Seed, SeedStore } from '../seed-store.ts';
import { composeVendorData } from '../vendor/compose-vendor-data.ts';
import { buildMetaData } from './generated-meta-data.ts';
import {
  addBumps,
  type BumpCounts,
  buildStableId,
  type InstanceId,
  type InstanceIdPolicy,
} from './instance-id.ts';
import type { RenderNote } from './render-note.ts';
import type { VmFacts } from './vm-facts.ts';

/** Whom files are rendered for. */
export interface RenderTarget {
  /** The VM's own files; those of the groups it is in and of all VMs come under them. */
  readonly seed: Pick<Seed, 'readFile'>;
  readonly vm: VmFacts;
  /** The server as the guest reaches it, without a slash at the end; undefined when that is not known. */
  readonly serverUrl: string | undefined;
  /** What the server itself wants in vendor-data, under everything that people wrote; undefined: nothing. */
  readonly vendorConfig: Readonly<Record<string, unknown>> | undefined;
}

/** One file as the guest gets it. */
export interface RenderedFile {
  readonly body: Buffer;
  /** Whether the target's `vendorConfig` is in it. */
  readonly asksForReports: boolean;
  /** What people should know about it; each goes into the log. */
  readonly notes: readonly RenderNote[];
}

/** Makes of what people wrote what guests get. */
export interface SeedRenderer {
  /**
   * One file for one guest. Whatever is odd in a weaker layer, a stronger one is rendered.
   *
   * @throws {SeedError} `seed-file-…` or `seed…-folder-…` while it cannot be known what the guest should get
   */
  render(file: SeedFile, target: RenderTarget): Promise<RenderedFile>;
  /** The id that is in the rendered meta-data. @throws {SeedError} as `render` */
  readInstanceId(target: RenderTarget): Promise<InstanceId>;
}

/** What a renderer works with. */
export interface SeedRendererOptions {
  /** Where the layers of groups and of all VMs come from. */
  readonly store: SeedStore;
  readonly bumps: BumpCounts;
  /** For VMs that have no policy of their own. @default stable */
  readonly instanceIdPolicy?: InstanceIdPolicy;
}

const EMPTY = Buffer.alloc(0);

/** Creates one. */
export function createSeedRenderer(options: SeedRendererOptions): SeedRenderer {
  const { bumps } = options;
  const generate = (vm: VmFacts) => addBumps(buildStableId(vm.key), bumps.find(vm.key));
  return {
    render: async (file, { seed, vm, vendorConfig }) => {
      const own = await seed.readFile(file);
      if (file === 'meta-data' && own === undefined) {
        const body = Buffer.from(buildMetaData(generate(vm), vm.hostname));
        return { body, asksForReports: false, notes: [] };
      }
      if (file !== 'vendor-data' || vendorConfig === undefined) {
        return { body: own ?? EMPTY, asksForReports: false, notes: [] };
      }
      const composed = composeVendorData(own, vendorConfig);
      if (composed.kind === 'composed') return { body: composed.body, asksForReports: true, notes: [] };
      const note: RenderNote = {
        message: 'vendor-data left alone, guest not observed',
        reason: composed.reason,
      };
      return { body: composed.body, asksForReports: false, notes: [note] };
    },
    readInstanceId: async ({ vm }) => ({ id: generate(vm), origin: 'generated' }),
  };
}
