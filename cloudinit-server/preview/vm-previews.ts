import type { FoundVm } from '../answer-seed-file.ts';
import type { SeedObserver } from '../observe/seed-observer.ts';
import { createRedactor } from '../redact/redactor.ts';
import type { RenderTarget } from '../render/render-target.ts';
import type { SeedRenderer } from '../render/seed-renderer.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import type { ServerState } from '../state/state.ts';
import { readVmName } from '../vm-name.ts';
import { type DiffReport, diffFile } from './diff-report.ts';
import { buildRenderReport, type RenderReport } from './render-report.ts';

/** What VMs would get if they asked now, for people to look at: without secrets, and without effect. */
export interface VmPreviews {
  /** @returns undefined when there is no such VM @throws {SeedError} as `SeedRenderer` */
  render(vmName: string, files: readonly SeedFile[]): Promise<RenderReport | undefined>;
  /** Beside what it last got. @returns and @throws as `render` */
  diff(vmName: string): Promise<DiffReport | undefined>;
}

/** What previews work with. */
export interface VmPreviewsOptions {
  /** See `findNamedVm`. */
  readonly findVm: (name: string) => Promise<FoundVm | undefined>;
  readonly renderer: SeedRenderer;
  readonly state: Pick<ServerState, 'vms' | 'served'>;
  readonly seedObserver: SeedObserver | undefined;
  /** The server as guests reach it; undefined: where each of them connects to. */
  readonly publicUrl: string | undefined;
}

/** Creates them. */
export function createVmPreviews(options: VmPreviewsOptions): VmPreviews {
  const { findVm, renderer, state } = options;
  const findServed = (vmKey: string, file: SeedFile) => {
    const vm = state.vms.find(vmKey);
    return vm && state.served.find(vm.id, file);
  };
  const findTarget = async (name: string): Promise<RenderTarget | undefined> => {
    const found = await findVm(name);
    if (found === undefined) return undefined;
    const { seed, vm } = found;
    const serverUrl = found.serverUrl ?? options.publicUrl ?? findServed(vm.key, 'vendor-data')?.serverUrl;
    // Where a guest that never asked will connect to is not known yet.
    const vendorConfig = options.seedObserver?.previewVendorConfig(vm.key, serverUrl ?? '@{server.url}');
    return { seed, vm, serverUrl, vendorConfig };
  };
  return {
    render: async (name, files) => {
      const target = await findTarget(name);
      return target && buildRenderReport(target, files, { renderer, show: createRedactor() });
    },
    diff: async name => {
      const target = await findTarget(name);
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
