import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

/** Where to look for Nomad. */
export interface NomadRequest {
  /** Without "v": "1.11.3". */
  readonly version: string;
  readonly cacheFolder: string;
  /** NOMAD_BIN, PATH, and NOMAD_VERSION: where that is set, a `nomad` on PATH isn't taken, as it may be another one. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called once if Nomad has to be built, which takes some minutes. */
  readonly onBuild?: (message: string) => void;
}

const modules = join(import.meta.dirname, '..', 'nomad');

/**
 * The path of a `nomad` executable: `$NOMAD_BIN`, then `nomad` on PATH, then the cache, else built as a Go module.
 * The first two are taken in whatever version they are; the cache and the build have the version asked for.
 *
 * @throws with what to install when none of these works
 */
export async function ensureNomad(request: NomadRequest): Promise<string> {
  const { NOMAD_BIN: chosen, NOMAD_VERSION: version, PATH: path = '' } = request.environment;
  if (chosen) {
    if (await isExecutable(chosen)) return chosen;
    throw new Error(`Cannot run Nomad: NOMAD_BIN is "${chosen}", which is not an executable file`);
  }
  const cached = join(request.cacheFolder, `nomad-${request.version}`, 'nomad');
  const candidates = version ? [] : path.split(delimiter).map(folder => join(folder, 'nomad'));
  for (const candidate of [...candidates, cached]) if (await isExecutable(candidate)) return candidate;
  return await buildNomad(request, cached);
}

async function buildNomad(request: NomadRequest, path: string): Promise<string> {
  // Another version than the newest has a module file of its own.
  const own = join(modules, request.version);
  const folder = (await isReadable(join(own, 'go.mod'))) ? own : modules;
  const go = await execa('go', ['list', '-m', '-f', '{{.Version}}', 'github.com/hashicorp/nomad'], {
    cwd: folder,
    reject: false,
  });
  if (go.failed) {
    const reason = go.code === 'ENOENT' ? 'there is no "go"' : `"go" says: ${go.stderr.trim().slice(-500)}`;
    throw new Error(
      `Cannot build Nomad ${request.version}: ${reason}; install Go 1.21 or later (https://go.dev/dl), or Nomad itself (https://developer.hashicorp.com/nomad/install), or set NOMAD_BIN`,
    );
  }
  if (go.stdout.trim() !== `v${request.version}`) {
    throw new Error(`Cannot build Nomad "${request.version}": "${folder}/go.mod" is for ${go.stdout.trim()}`);
  }
  request.onBuild?.(
    `building Nomad ${request.version} with ${(await execa('go', ['version'])).stdout} (some minutes)`,
  );
  await mkdir(join(path, '..'), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  try {
    await execa('go', ['build', '-tags', 'hashicorpmetrics', '-o', part, 'github.com/hashicorp/nomad'], {
      cwd: folder,
      env: { CGO_ENABLED: '1' },
    });
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
  return path;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
