import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';

/** What one package holds. */
export interface PackageSchemas {
  /** The file's name, which holds Debian's version. */
  readonly package: string;
  /** cloud-init's own version, such as "22.4.2". */
  readonly version: string;
  /** The text of each schema, by its file's name. */
  readonly files: Readonly<Record<string, string>>;
}

const UNPACK_TIMEOUT_MS = 60_000;

/**
 * Takes the schemas out of a Debian package.
 *
 * @throws {Error} when it is none, or has no schema
 */
export async function readSchemas(packageFile: string): Promise<PackageSchemas> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-init-schemas-'));
  try {
    await execa('dpkg-deb', ['-x', packageFile, folder], { timeout: UNPACK_TIMEOUT_MS });
    const paths = globSync('usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-*-v*.json', {
      cwd: folder,
    }).sort();
    const files = Object.fromEntries(
      paths.map(path => [basename(path), minify(readFileSync(join(folder, path), 'utf8'))]),
    );
    if (files['schema-cloud-config-v1.json'] === undefined) {
      throw new Error(
        `Cannot use "${packageFile}": it holds no schema-cloud-config-v1.json; remove the file`,
      );
    }
    return { package: basename(packageFile), version: readVersion(packageFile), files };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function minify(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

/** "cloud-init_22.4.2-1+deb12u4_all.deb" is 22.4.2. */
function readVersion(packageFile: string): string {
  const version = /^cloud-init_(?:\d+%3a)?(\d+(?:\.\d+)+)/.exec(basename(packageFile))?.[1];
  if (version !== undefined) return version;
  throw new Error(`Cannot use "${packageFile}": its name holds no version; name it as Debian does`);
}
