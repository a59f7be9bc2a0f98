import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { listPackages } from './list-packages.ts';

const COMMAND_TIMEOUT_MS = 300_000;

const APT_SOURCES = join(import.meta.dirname, '../apt-sources.sh');

/**
 * Downloads a suite's package cloud-init. The host may run another suite, or none: its own package lists are neither
 * needed nor changed.
 *
 * @param suite of Debian, such as "trixie"
 * @param folder where the package goes, under the name that apt gives it
 * @throws {Error} that says what to do
 */
export async function downloadPackage(suite: string, folder: string): Promise<void> {
  // In the folder itself, where the package can be renamed to; an interrupted download leaves nothing like a package.
  const work = mkdtempSync(join(folder, 'download-'));
  const run = (command: string, ...argv: readonly string[]) => runIn(work, command, argv, { suite, folder });
  const apt = (...argv: readonly string[]) => run('apt-get', ...buildAptOptions(work), ...argv);
  try {
    await run('sh', APT_SOURCES, suite, join(work, 'sources'));
    for (const made of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(work, made), { recursive: true });
    await apt('update');
    await apt('download', 'cloud-init');
    for (const file of listPackages(work)) renameSync(join(work, file), join(folder, file));
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The host's settings, such as its proxy, with sources and lists of our own. */
function buildAptOptions(work: string): readonly string[] {
  const options = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': join(work, 'sources'),
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    // A source that cannot be read is an error, not a warning: it may be the one with the package.
    'APT::Update::Error-Mode': 'any',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

async function runIn(
  work: string,
  command: string,
  argv: readonly string[],
  wanted: { readonly suite: string; readonly folder: string },
): Promise<void> {
  const result = await execa(command, argv, {
    cwd: work,
    reject: false,
    timeout: COMMAND_TIMEOUT_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
  if (!result.failed) return;
  const reason = result.stderr?.trim().split('\n').at(-1) || (result.shortMessage ?? 'it failed');
  throw new Error(
    `Cannot fetch cloud-init's JSON schemas of Debian's suite "${wanted.suite}": ${reason}; see that this machine reaches a mirror of Debian by apt, or put a file cloud-init_VERSION_all.deb (https://packages.debian.org/${wanted.suite}/cloud-init) into "${wanted.folder}"`,
  );
}
