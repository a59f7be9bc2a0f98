import { ROOT_SEED_IN_PATH } from '../vm-routes.ts';

/** The path of a VM's page. */
export function buildVmPath(name: string): string {
  return `/vm/${encodeName(name)}`;
}

/** The path of the page of its files. */
export function buildFilesPath(name: string): string {
  return `${buildVmPath(name)}/files`;
}

/** The path of the page on which it gets a new instance-id. */
export function buildBumpPath(name: string): string {
  return `${buildVmPath(name)}/bump`;
}

/** Where its page is told of changes. */
export function buildLivePath(name: string): string {
  return `/live/${encodeName(name)}`;
}

function encodeName(name: string): string {
  return name === '.' ? ROOT_SEED_IN_PATH : encodeURIComponent(name);
}
