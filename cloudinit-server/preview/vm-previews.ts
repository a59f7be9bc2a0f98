import type { FoundVm } from '../answer-seed-file.ts';
import type { SeedObserver } from '../observe/seed-observer.ts';
import { createRedactor } from '../redact/redactor.ts';
import type { RenderTarget } from '../render/render-target.ts';
import type { SeedRenderer } from '../render/seed-renderer.ts';
import { judgeTarget } from '../seed-check/judge-target.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import type { SeedStore } from '../seed-store.ts';
import type { OwnFiles } from '../state/registration-table.ts';
import type { ServerState } from '../state/state.ts';
import { readVmName } from '../vm-name.ts';
import { type DiffReport, diffFile } from './diff-report.ts';
import { withDraft } from './draft.ts';
import { buildRenderReport, type RenderReport } from './render-report.ts';

/** What VMs would get if they asked now, for people to look at: without secrets, and without effect. */
export interface VmPreviews {
  /**
   * @param draft files that are not saved yet, in the place of its own
   * @returns undefined when there is no such VM
   * @throws {SeedError} as `SeedRenderer`
   */
  render(vmName: string, files: readonly SeedFile[], draft?: OwnFiles): Promise<RenderReport | undefined>;
  /** Beside what it last got. @returns and @throws as `render` */
  diff(vmName: string, draft?: OwnFiles): Promise<DiffReport | undefined>;
}

/** What previews work with. */
export interface VmPreviewsOptions {
  /** See `findNamedVm`. */
  readonly findVm: (name: string) => Promise<FoundVm | undefined>;
  /** The cloud-init that the VM of this key was last seen with; undefined when that is not known. */
  readonly findGuestVersion: (vmKey: string) => string | undefined;
  readonly store: Pick<SeedStore, 'findDefaults'>;
  readonly renderer: SeedRenderer;
  readonly state: Pick<ServerState, 'vms' | 'served'>;
  readonly seedObserver: SeedObserver | undefined;
  /** The server as guests reach it; undefined: where each of them connects to. */
  readonly publicUrl: string | undefined;
}

/** Creates them. */
export function createVmPreviews(options: VmPreviewsOptions): VmPreviews {
  const { findVm, findGuestVersion, store, renderer, state } = options;
  const findServed = (vmKey: string, file: SeedFile) => {
    const vm = state.vms.find(vmKey);
    return vm && state.served.find(vm.id, file);
  };
  const findTarget = async (name: string, draft: OwnFiles): Promise<RenderTarget | undefined> => {
    const found = await findVm(name);
    if (found === undefined) return undefined;
    const { vm } = found;
    const seed = withDraft(found.seed, draft);
    const serverUrl = found.serverUrl ?? options.publicUrl ?? findServed(vm.key, 'vendor-data')?.serverUrl;
    // Where a guest that never asked will connect to is not known yet.
    const vendorConfig = options.seedObserver?.previewVendorConfig(vm.key, serverUrl ?? '@{server.url}');
    return { seed, vm, serverUrl, vendorConfig };
  };
  return {
    render: async (name, files, draft = {}) => {
      const target = await findTarget(name, draft);
      const judge = (whom: RenderTarget) =>
        judgeTarget(whom, { store, guestVersion: findGuestVersion(whom.vm.key) });
      return target && buildRenderReport(target, files, { renderer, show: createRedactor(), judge });
    },
    diff: async (name, draft = {}) => {
      const target = await findTarget(name, draft);
      if (target === undefined) return undefined;
      const diffs = [];
      for (const file of SEED_FILES) {
        const { body } = await renderer.render(file, target);
        diffs.push(diffFile(file, findServed(target.vm.key, file), body));
      }
      return { vm: readVmName(target.vm.key), files: diffs };
    },
  };
}
