import { SEED_FILES, type SeedFile } from '../../cloudinit-server/client.ts';
import type { OptionValues } from './option.ts';
import type { ReportProblem } from './problem.ts';
import type { CLOUD_INIT_BLOCK } from './task-blocks.ts';

/** Where a file of the seed comes from that the job gives itself. */
export type SeedFileSource =
  | { readonly kind: 'text'; readonly text: string }
  /** As written: relative to the task's folder, which it must not leave. */
  | { readonly kind: 'path'; readonly path: string };

/** The files of the seed that the job gives itself. */
export type SeedFileSources = Readonly<Partial<Record<SeedFile, SeedFileSource>>>;

/** Bytes of one file; the server takes no more. */
export const MAX_SEED_FILE_BYTES = 1024 * 1024;

/** The options' names; `user_data` stands for the file `user-data`. */
export const SEED_FILE_OPTIONS = {
  'meta-data': 'meta_data',
  'user-data': 'user_data',
  'vendor-data': 'vendor_data',
  'network-config': 'network_config',
} as const satisfies Record<SeedFile, string>;

/** Reads the files that the job gives. What is wrong is reported and left out. */
export function parseSeedFiles(
  block: OptionValues<(typeof CLOUD_INIT_BLOCK)['options']>,
  report: ReportProblem,
): SeedFileSources {
  const given = SEED_FILES.flatMap(file => {
    const value = block[SEED_FILE_OPTIONS[file]];
    const source = value === undefined ? undefined : parseSource(value, seedFilePath(file), report);
    return source === undefined ? [] : [[file, source] as const];
  });
  return Object.fromEntries(given);
}

/** Where the option of a file stands. */
export function seedFilePath(file: SeedFile): string {
  return `config.cloud_init.${SEED_FILE_OPTIONS[file]}`;
}

function parseSource(value: string, path: string, report: ReportProblem): SeedFileSource | undefined {
  if (value.includes('\n')) {
    const bytes = Buffer.byteLength(value);
    if (bytes > MAX_SEED_FILE_BYTES) {
      report(
        path,
        `has ${bytes} bytes, but at most ${MAX_SEED_FILE_BYTES} are possible; let the guest fetch large data itself`,
      );
      return undefined;
    }
    return { kind: 'text', text: value };
  }
  if (value === '' || value.startsWith('#')) {
    report(
      path,
      `${JSON.stringify(value)} is neither a path nor a text with a line break; write a path such as "local/user-data", or the content between <<EOF and EOF`,
    );
    return undefined;
  }
  return { kind: 'path', path: value };
}
