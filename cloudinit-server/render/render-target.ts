import type { SeedLayer } from '../seed-store.ts';
import type { RenderNote } from './render-note.ts';
import type { VmFacts } from './vm-facts.ts';

/** Whom files are rendered for. */
export interface RenderTarget {
  /** The VM's own files; those of the groups it is in and of all VMs come under them. */
  readonly seed: SeedLayer;
  readonly vm: VmFacts;
  /** The server as the guest reaches it, without a slash at the end; undefined when that is not known. */
  readonly serverUrl: string | undefined;
  /** The cloud-config that the server itself wants in vendor-data, under everything that people wrote; undefined: none. */
  readonly vendorConfig: string | undefined;
}

/** One file as the guest gets it. */
export interface RenderedFile {
  readonly body: Buffer;
  /** Whether the target's `vendorConfig` is in it. */
  readonly asksForReports: boolean;
  /** What people should know about it; each goes into the log. */
  readonly notes: readonly RenderNote[];
}
