import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Fleet } from './fleet.ts';

/** A page in a browser profile of its own, and what went on in it. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Addresses of all that was asked for. */
  readonly requests: readonly string[];
  /** What the browser complained of: scripts that threw, what the policy forbade, dialogs. */
  readonly complaints: readonly string[];
}

const CHROMIUM = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';

/** Starts Debian's Chromium without a window; nothing is downloaded. */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`there is no "${CHROMIUM}": run "npm run setup", or name a Chromium in CHROMIUM_BIN`);
  }
  return await chromium.launch({ executablePath: CHROMIUM });
}

/** Opens a page as one who knows the token, which a browser asks for and keeps. @param path with its leading slash */
export async function visit(
  browser: Browser,
  { url, token }: Fleet,
  path = '/',
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    httpCredentials: { username: 'admin', password: token },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', request => requests.push(request.url()));
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('dialog', async dialog => {
    complaints.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  await page.goto(`${url}${path}`);
  return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Waits until the page has been brought up to date by its script. */
export async function waitUntilLive({ page }: Visit): Promise<void> {
  await page.locator('#live-state[data-on]').waitFor();
}
