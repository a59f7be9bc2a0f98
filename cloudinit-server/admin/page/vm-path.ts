import { ROOT_SEED_IN_PATH } from '../vm-routes.ts';

/** The path of a VM's page. */
export function buildVmPath(seed: string): string {
  return `/vm/${encodeName(seed)}`;
}

/** Where its page is told of changes. */
export function buildLivePath(seed: string): string {
  return `/live/${encodeName(seed)}`;
}

function encodeName(seed: string): string {
  return seed === '.' ? ROOT_SEED_IN_PATH : encodeURIComponent(seed);
}
