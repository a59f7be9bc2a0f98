/** The files a NoCloud guest asks for, by the names it asks with. */
export const SEED_FILES = ['meta-data', 'user-data', 'vendor-data', 'network-config'] as const;

/** One of the four files of a seed. */
export type SeedFile = (typeof SEED_FILES)[number];

/** Whether a name is one of the four. */
export function isSeedFile(name: string): name is SeedFile {
  return SEED_FILES.some(file => file === name);
}

/**
 * Without which of them a guest gives up and becomes another machine: an answer other than 2xx for one of these is
 * tried 11 times in 10 s, then cloud-init falls back to no data source at all, and makes new host keys and users.
 */
export function isIdentityFile(file: SeedFile): boolean {
  return file === 'meta-data' || file === 'user-data';
}
