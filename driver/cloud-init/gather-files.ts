import { SEED_FILES, type SeedFile } from '../../cloudinit-server/client.ts';
import { MAX_SEED_FILE_BYTES, type SeedFileSources, seedFilePath } from '../config/cloud-init-files.ts';
import type { ReportProblem } from '../config/problem.ts';
import { readTaskFile } from './task-file.ts';

/** Contents of the files of a seed that a job gives itself. */
export type SeedTexts = Readonly<Partial<Record<SeedFile, string>>>;

/** Reads what the job gives of the VM's seed. Undefined after a reported problem. */
export async function gatherSeedFiles(
  sources: SeedFileSources,
  taskDir: string,
  report: ReportProblem,
): Promise<SeedTexts | undefined> {
  let isComplete = true;
  const texts: [SeedFile, string][] = [];
  for (const name of SEED_FILES) {
    const source = sources[name];
    if (source?.kind === 'text') texts.push([name, source.text]);
    if (source?.kind !== 'path') continue;
    const file = await readTaskFile(taskDir, source.path, MAX_SEED_FILE_BYTES);
    if (file.kind === 'text') texts.push([name, file.text]);
    else {
      isComplete = false;
      report(seedFilePath(name), `"${source.path}" ${file.reason}`);
    }
  }
  return isComplete ? Object.fromEntries(texts) : undefined;
}
