import type { SeedFile } from '../seed-files.ts';
import { putConfigUnder } from '../vendor/put-config-under.ts';
import type { InstanceId } from './instance-id.ts';
import { createMergeMemo } from './merge-memo.ts';
import type { RenderedFile, RenderTarget } from './render-target.ts';
import { Rendering, type RenderingOptions } from './rendering.ts';

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

/** Creates one. */
export function createSeedRenderer(options: RenderingOptions): SeedRenderer {
  const mergeVendorData = createMergeMemo(putConfigUnder);
  return {
    render: (file, target) => new Rendering(target, options, mergeVendorData).render(file),
    readInstanceId: target => new Rendering(target, options, mergeVendorData).readInstanceId(),
  };
}
