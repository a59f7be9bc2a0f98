import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startBrowser } from './browser.ts';
import { fillFleet } from './fill-fleet.ts';
import { type Fleet, startFleet } from './fleet.ts';

/** A browser, and the pages of a server that has met some VMs. */
export interface BrowsedFleet {
  readonly browser: Browser;
  readonly fleet: Fleet;
}

/** Brings both up before the tests of a file and takes them down after; what it returns is there while they run. */
export function useBrowsedFleet(): BrowsedFleet {
  let browser: Browser | undefined;
  let fleet: Fleet | undefined;
  beforeAll(async () => {
    browser = await startBrowser();
    fleet = await startFleet();
    await fillFleet(fleet);
  });
  afterAll(async () => {
    await browser?.close();
    await fleet?.[Symbol.asyncDispose]();
  });
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('There is no browser outside of tests');
    return value;
  };
  return {
    get browser() {
      return present(browser);
    },
    get fleet() {
      return present(fleet);
    },
  };
}
