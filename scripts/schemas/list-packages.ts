import { readdirSync } from 'node:fs';

/** The file names of the cloud-init packages in a folder, sorted. */
export function listPackages(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter(name => /^cloud-init_[^_]+_all\.deb$/.test(name))
    .sort();
}

/** The names of the folders in a folder, sorted. */
export function listFolders(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort();
}
