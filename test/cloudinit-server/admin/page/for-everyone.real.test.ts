import axe from 'axe-core';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { observeRecordedBoot } from '../../boot/recorded-boot.ts';
import { useBrowsedFleet } from './browsed-fleet.ts';
import { type Visit, visit, waitUntilLive } from './browser.ts';
import { moveTo, register } from './fill-fleet.ts';
import { startFleet } from './fleet.ts';

const ours = useBrowsedFleet();

/** The list, an empty one, a VM with several boots, one that failed, and one with all that drivers tell. */
const PATHS = [
  '/',
  '/?state=new',
  '/vm/lab%2Falice',
  '/vm/lab%2Fbob',
  '/vm/default%2Fheidi',
  '/vm/lab%2Fbob/files',
  '/vm/lab%2Fbob/bump',
  '/vm/none',
];

const VIEWS: Readonly<Record<string, BrowserContextOptions>> = {
  light: {},
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 320, height: 640 } },
};

describe('accessibility', () => {
  it.each([
    ['light', ['/', '/vm/lab%2Fbob', '/vm/none', '/vm/lab%2Fbob/files', '/vm/lab%2Fbob/bump']],
    ['dark', ['/', '/vm/default%2Fheidi', '/vm/default%2Fheidi/bump?replaced=x']],
    ['narrow', ['/?state=new', '/vm/lab%2Falice']],
  ] as const)(
    'axe finds nothing to complain of, %s',
    async (view, paths) => {
      await using open = await visit(ours.browser, ours.fleet, '/vm/none', {
        ...VIEWS[view],
        bypassCSP: true,
      });
      await bringAxe(open);
      for (const path of paths) {
        await open.page.goto(`${ours.fleet.url}${path}`);
        expect(await findViolations(open), path).toEqual([]);
      }
    },
    90_000,
  );

  it('a keyboard gets everywhere, in order, and shows where it is', async () => {
    await using open = await visit(ours.browser, ours.fleet);
    await waitUntilLive(open);
    const { page } = open;
    const walked: string[] = [];
    for (let step = 0; step < 15; step += 1) {
      await page.keyboard.press('Tab');
      const [name = '', outline] = await page.evaluate(() => {
        const focused = document.activeElement;
        const text = focused?.id === 'find' ? 'find' : focused?.textContent?.trim();
        return [text, focused && getComputedStyle(focused).outlineStyle];
      });
      expect(outline, name).toBe('solid');
      walked.push(name);
    }
    expect(walked).toEqual([
      ...['Skip to content', 'cloudinit-server', 'Pause', 'find', 'Find'],
      ...['all 30', 'problems 5', 'failed 1', 'stuck 3', 'booting 1', 'new 1', 'ready 23', 'gone 1'],
      ...['lab/bob', 'lab/carol'],
    ]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'lab/carol' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  });

  it('headings and landmarks tell what is where', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/vm/lab%2Fbob');
    for (const landmark of ['banner', 'main', 'contentinfo'] as const) {
      expect(await open.page.getByRole(landmark).count(), landmark).toBe(1);
    }
    expect(await open.page.getByRole('heading').allInnerTexts()).toEqual([
      'lab/bob',
      'What is wrong',
      'Mistakes in its files, as they are now',
      expect.stringMatching(/^Boot of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
      'Files it fetched',
    ]);
  });

  it('tables stay tables on narrow screens', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/', VIEWS['narrow']);
    expect(await open.page.getByRole('columnheader').allInnerTexts()).toContain('Ready after');
    expect(await open.page.getByRole('row', { name: /lab\/bob failed/ }).count()).toBe(1);
  });
});

describe('looks', () => {
  it('are dark for those who want it dark', async () => {
    await using open = await visit(ours.browser, ours.fleet);
    const readColors = async (colorScheme: 'light' | 'dark') => {
      await open.page.emulateMedia({ colorScheme });
      return await open.page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.body);
        const brightness = (value: string) =>
          (value.match(/\d+/g) ?? []).reduce((sum, part) => sum + Number(part), 0);
        return brightness(backgroundColor) - brightness(color);
      });
    };
    expect(await readColors('light')).toBeGreaterThan(500);
    expect(await readColors('dark')).toBeLessThan(-500);
  });

  it('need no scrolling sideways at 320 pixels', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/', VIEWS['narrow']);
    for (const path of PATHS) {
      await open.page.goto(`${ours.fleet.url}${path}`);
      expect(await open.page.evaluate(() => document.documentElement.scrollWidth), path).toBe(320);
    }
  });

  it('move only for those who do not mind', async () => {
    await using open = await visit(ours.browser, ours.fleet);
    const countMoving = async (reducedMotion: 'reduce' | 'no-preference') => {
      await open.page.emulateMedia({ reducedMotion });
      return await open.page.evaluate(() => document.getAnimations().length);
    };
    expect(await countMoving('no-preference')).toBe(1);
    expect(await countMoving('reduce')).toBe(0);
  });
});

describe('safety', () => {
  it('nothing is asked for elsewhere, and the policy forbids nothing that the pages need', async () => {
    await using open = await visit(ours.browser, ours.fleet);
    await waitUntilLive(open);
    await open.page.goto(`${ours.fleet.url}/vm/lab%2Fbob`);
    await waitUntilLive(open);
    const origins = open.requests.map(url => (url.startsWith('data:') ? 'data:' : new URL(url).origin));
    expect(new Set(origins).difference(new Set(['data:', ours.fleet.url]))).toEqual(new Set());
    expect(open.complaints).toEqual([]);
  });

  it('the policy keeps scripts, styles and requests of others out', async () => {
    await using open = await visit(ours.browser, ours.fleet);
    const refused = await open.page.evaluate(() => {
      const image = document.createElement('img');
      image.src = 'http://192.0.2.1/x.png';
      document.body.append(image);
      document.body.setAttribute('style', 'display:none');
      try {
        document.body.innerHTML = '<p onclick="alert(1)">';
      } catch (error) {
        return String(error);
      }
      return 'nothing';
    });
    expect(refused).toContain('TrustedHTML');
    await expect.poll(() => open.complaints.join('\n')).toContain('img-src');
    expect(open.complaints.join('\n')).toContain('style-src');
    expect(await open.page.locator('body').isVisible()).toBe(true);
  });

  it('what guests and seeds are called is text, whatever it is', async () => {
    await using mine = await startFleet();
    const boot = observeRecordedBoot('bookworm-22.4.2').slice(0, 8);
    const names = [
      '<script>document.title="run"</script>',
      '"><img src=x onerror=alert(1)>',
      "' autofocus onfocus=alert(1) x='",
      '</title><svg onload=alert(1)>',
      '&lt;b&gt;',
      'javascript:alert(1)',
      'a b/ü/\u{1F600}',
    ];
    for (const name of names) await mine.see(name, moveTo(boot, name));
    await mine.see('\u202egnp.exe\u0007\u001b[31m', boot);
    await using open = await visit(ours.browser, mine);
    await waitUntilLive(open);
    const { page } = open;
    const shown = (await page.getByRole('rowheader').allInnerTexts()).toSorted();
    expect(shown).toEqual([...names, '\ufffdgnp.exe\ufffd\ufffd[31m'].toSorted());
    const links = names.map(name => page.getByRole('link', { name, exact: true }).getAttribute('href'));
    for (const [index, path] of (await Promise.all(links)).entries()) {
      await page.goto(`${mine.url}${path}`);
      const name = names[index] ?? '';
      expect(await page.getByRole('heading', { level: 1, name, exact: true }).count(), name).toBe(1);
      expect(await page.title()).toBe(`${name}: booting`);
    }
    await page.goto(`${mine.url}/?q=${encodeURIComponent(names[1] ?? '')}`);
    expect(await page.getByLabel('Find').inputValue()).toBe(names[1]);
    await page.goto(`${mine.url}/vm/${encodeURIComponent(names[0]?.replace('run', 'none') ?? '')}`);
    expect(await page.title()).toBe('Unknown VM');
    expect(open.complaints.filter(text => !text.includes('404'))).toEqual([]);
  });

  it('a console steers neither the page nor the terminal that it is copied to', async () => {
    await using mine = await startFleet();
    const { alloc_id } = await register(mine, 'default/mallory', 0);
    const console_tail =
      'a\u001b]0;title\u0007b\u001b[2J\u001b[31mc</pre><script>document.title="run"</script>\u202e\u0000\n\u001b]';
    await mine.drivers.report('default/mallory', { alloc_id, console_tail }, AbortSignal.timeout(5_000));
    await using open = await visit(ours.browser, mine, '/vm/default%2Fmallory');
    await waitUntilLive(open);
    const console = open.page.getByRole('region', { name: 'Newest lines of the console' });
    expect(await console.innerText()).toBe('abc</pre><script>document.title="run"</script>\ufffd');
    expect(await open.page.title()).toBe('default/mallory: new');
    expect(open.complaints).toEqual([]);
  });
});

/**
 * Runs axe-core in a page: WCAG 2.2 A and AA, and its best practices. What it has to say of thousands of elements that are
 * as they should be stays there: to hand it over took longer than to find it.
 */
const RUN_AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => ({
  passes: passes.length,
  violations: violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map(node => [node.html, node.failureSummary])]),
}))`;

/** What axe-core has against a page of a visit that {@link bringAxe} was called for. */
async function findViolations({ page }: Visit): Promise<readonly unknown[]> {
  // The text of an expression: axe is a name of the page.
  const { violations, passes } = await page.evaluate<{
    readonly violations: readonly unknown[];
    readonly passes: number;
  }>(RUN_AXE);
  expect(passes).toBeGreaterThan(15);
  return violations;
}

/** Has axe-core in every page from the next one on. */
async function bringAxe({ page }: Visit): Promise<void> {
  await page.addInitScript({ content: axe.source });
}
