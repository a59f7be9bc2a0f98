/** Takes pictures of the pages, to look at: `npm run screenshots`. Says where they are. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser, visit, waitUntilLive } from './browser.ts';
import { fillFleet } from './fill-fleet.ts';
import { startFleet } from './fleet.ts';

const PAGES = {
  list: '/',
  'vm-failed': '/vm/lab%2Fbob',
  'vm-stuck': '/vm/lab%2Fcarol',
  'vm-ready': '/vm/lab%2Falice',
  'vm-registered': '/vm/default%2Fdistro-vm%2Fvm%2Fvm%2F0',
  'vm-files': '/vm/lab%2Fbob/files',
  'vm-spoofed': '/vm/default%2Fheidi',
  'vm-bump': '/vm/default%2Fheidi/bump',
  'vm-bumped': '/vm/default%2Fheidi/bump?replaced=the-one-before',
};

const VIEWS = {
  light: { viewport: { width: 1440, height: 1600 } },
  dark: { viewport: { width: 1440, height: 1600 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 375, height: 800 } },
} as const;

const folder = await mkdtemp(join(tmpdir(), 'cloudinit-server-pages-'));
const browser = await startBrowser();
try {
  await using fleet = await startFleet();
  await fillFleet(fleet);
  for (const [view, options] of Object.entries(VIEWS)) {
    await using open = await visit(browser, fleet, '/', options);
    for (const [name, path] of Object.entries(PAGES)) {
      await open.page.goto(`${fleet.url}${path}`);
      if (!path.includes('/bump')) await waitUntilLive(open);
      await open.page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: true });
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(`${folder}\n`);
