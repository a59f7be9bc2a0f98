import type { RenderNote } from '../render/render-note.ts';
import type { RenderTarget } from '../render/render-target.ts';
import type { SeedRenderer } from '../render/seed-renderer.ts';
import type { SeedFile } from '../seed-files.ts';
import type { Finding } from '../validate/finding.ts';
import { readVmName } from '../vm-name.ts';

/** What a guest would get, in JSON's names. */
export interface RenderReport {
  readonly vm: string;
  readonly instance_id: string;
  /** `author`: it is written in a meta-data. */
  readonly instance_id_from: 'generated' | 'author';
  readonly files: readonly RenderedFileReport[];
  /** What is wrong with these files as people wrote them for this VM; not with what goes under them. */
  readonly findings: readonly Finding[];
}

/** One file. */
export interface RenderedFileReport {
  readonly file: SeedFile;
  /** As the guest gets it. */
  readonly bytes: number;
  /** As it is shown. */
  readonly text: string;
  /** What the log says when a guest gets it. */
  readonly notes: readonly RenderNote[];
}

/** What a report is made with. */
export interface RenderReportOptions {
  readonly renderer: SeedRenderer;
  /** Makes a text of a file, without what must not be shown. */
  readonly show: (body: Buffer) => string;
  readonly judge: (target: RenderTarget) => Promise<readonly Finding[]>;
}

/**
 * Renders files to look at.
 *
 * @throws {SeedError} as {@link SeedRenderer}
 */
export async function buildRenderReport(
  target: RenderTarget,
  files: readonly SeedFile[],
  { renderer, show, judge }: RenderReportOptions,
): Promise<RenderReport> {
  const { id, origin } = await renderer.readInstanceId(target);
  const rendered: RenderedFileReport[] = [];
  for (const file of files) {
    const { body, notes } = await renderer.render(file, target);
    rendered.push({ file, bytes: body.length, text: show(body), notes });
  }
  const findings = (await judge(target)).filter(({ file }) => files.includes(file));
  return {
    vm: readVmName(target.vm.key),
    instance_id: id,
    instance_id_from: origin,
    files: rendered,
    findings,
  };
}
