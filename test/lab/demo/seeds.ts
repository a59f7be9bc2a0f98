import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** What the seeds in the repository have in place of a key. */
const placeholder = 'ssh-ed25519 PUT-YOUR-PUBLIC-KEY-HERE';

/** The lab's copy of the seeds, and the key that opens the guests made from them. */
export interface DemoSeeds {
  readonly folder: string;
  readonly privateKey: string;
}

/** Copies the seeds, makes a key pair beside them and puts its public half where the seeds want one. */
export async function prepareSeeds(from: string, labFolder: string): Promise<DemoSeeds> {
  const folder = join(labFolder, 'seeds');
  const privateKey = join(labFolder, 'id_ed25519');
  await cp(from, folder, { recursive: true });
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'demo', '-f', privateKey]);
  const publicKey = (await readFile(`${privateKey}.pub`, 'utf8')).trim();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter(each => each.name === 'user-data')) {
    const path = join(entry.parentPath, entry.name);
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll(placeholder, publicKey));
  }
  return { folder, privateKey };
}

/** Writes an ssh configuration for guests whose host keys are as new as they are. */
export async function writeSshConfig(labFolder: string, privateKey: string): Promise<string> {
  const path = join(labFolder, 'ssh_config');
  await writeFile(
    path,
    `Host *
  User debian
  IdentityFile ${privateKey}
  IdentitiesOnly yes
  StrictHostKeyChecking accept-new
  UserKnownHostsFile ${join(labFolder, 'known_hosts')}
  ConnectTimeout 20
  LogLevel ERROR
`,
  );
  return path;
}
