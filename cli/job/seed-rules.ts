import { SEED_FILES, type SeedFile } from '../../cloudinit-server/seed-files.ts';
import { toBlocks } from '../hcl/record.ts';
import type { Finding } from './finding.ts';
import { findSeedText, type SeedText } from './seed-text.ts';
import type { VmTask } from './vm-task.ts';

/** What is wrong with the cloud-init files that a job has in itself, at the lines of the job. */
export async function checkSeedTexts(task: VmTask): Promise<readonly Finding[]> {
  const texts = SEED_FILES.flatMap(file => findSeedText(task, file) ?? []);
  if (texts.length === 0) return [];
  // Brings the schemas and what compiles them, which other jobs do not need.
  const [{ validateSeed }, { loadSchemas }] = await Promise.all([
    import('../../cloudinit-server/validate/validate-seed.ts'),
    import('../../cloudinit-server/validate/load-schemas.ts'),
  ]);
  const { version, isOnDisk } = readGuest(task);
  const contents = Object.fromEntries(texts.map(({ file, text }) => [file, Buffer.from(text)]));
  const findings = validateSeed(contents, {
    schemas: await loadSchemas(),
    guestVersion: version,
    isRegistered: true,
    isShared: task.count !== undefined && task.count > 1,
  });
  return (
    findings
      // Whether somebody can log in is up to what the seed server puts under these files, too.
      .filter(({ rule }) => rule !== 'lock-out' && !(isOnDisk && rule === 'network-config-release'))
      .flatMap(({ file, line, severity, rule, path, message }) => {
        const text = findText(texts, file);
        if (text === undefined) return [];
        const where = path === '' ? text.path : `${text.path}: ${path}`;
        return { file: task.file.path, line: text.lineOf(line), severity, rule, path: where, message };
      })
  );
}

function findText(texts: readonly SeedText[], file: SeedFile): SeedText | undefined {
  return texts.find(text => text.file === file);
}

/** As far as the job says what the guest has. */
function readGuest(task: VmTask): { readonly version: string | undefined; readonly isOnDisk: boolean } {
  const [{ cloud_init_version: version, delivery } = {}] = toBlocks(task.config['cloud_init']);
  if (typeof version !== 'string' || !/^\d+\.\d+/.test(version)) {
    return { version: undefined, isOnDisk: delivery === 'disk' };
  }
  // As the driver chooses: these cannot fetch.
  const isOnDisk = delivery === 'disk' || /^23\.4(?:\.[0-3])?(?!\.?\d)/.test(version);
  return { version, isOnDisk };
}
