import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two secrets are the same; how long it takes says nothing about where they differ, or how long they are. */
export function isSameToken(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
