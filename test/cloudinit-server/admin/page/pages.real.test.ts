import { join } from 'node:path';
import { Script } from 'node:vm';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { PAGE_SCRIPT } from '../../../../cloudinit-server/admin/page/script.ts';
import type { VmReport, VmSummary } from '../../../../cloudinit-server/admin/vm-report.ts';
import { BUNDLE } from '../../../../scripts/bundle-options.ts';
import { observeRecordedBoot } from '../../boot/recorded-boot.ts';
import { useBrowsedFleet } from './browsed-fleet.ts';
import { visit, waitUntilLive } from './browser.ts';
import { startFleet } from './fleet.ts';

const ours = useBrowsedFleet();

const boot = observeRecordedBoot('trixie-25.1.4');

describe('list of VMs', () => {
  it('shows what the API says, problems first', async () => {
    const { vms } = await getJson<{ readonly vms: readonly VmSummary[] }>('/vms');
    await using open = await visit(ours.browser, ours.fleet);
    const rows = await open.page.locator('tbody tr').all();
    expect(rows).toHaveLength(vms.length);
    const states: string[] = [];
    for (const row of rows) {
      const name = await row.getByRole('rowheader').getByRole('link').innerText();
      const vm = vms.find(known => known.name === name);
      const text = await row.innerText();
      expect(vm, name).toBeDefined();
      const state = vm?.registration?.gone_at == null ? vm?.state : 'gone';
      const node = vm?.registration?.node;
      for (const fact of [state, vm?.address, node, vm?.findings[0]?.text.slice(1, 20)]) {
        expect(text).toContain(fact ?? '');
      }
      states.push(state ?? '');
    }
    // The first that is ready is one whose console contradicts its host keys.
    const inOrder = states.filter((state, index) => state !== states[index - 1]);
    expect(inOrder).toEqual(['failed', 'stuck', 'ready', 'booting', 'new', 'ready', 'gone']);
    expect(await open.page.title()).toBe('5 with problems · 30 VMs');
    const registered = open.page.getByRole('row', { name: /default\/heidi seed lab\/grace, job distro-vm/ });
    expect(await registered.innerText()).toMatch(
      /node-1\s+181d4fae[\s\S]+Its console has printed another ssh-ed25519 host key/,
    );
  });

  it('finds VMs by words and by state', async () => {
    await using open = await visit(ours.browser, ours.fleet);
    await open.page.getByLabel('Find').fill('LAB 10.77.0.20');
    await open.page.keyboard.press('Enter');
    await expect.poll(() => readNames(open.page)).toEqual(['lab/bob', 'lab/dave']);
    await open.page.getByRole('link', { name: 'stuck 1' }).click();
    await expect.poll(() => readNames(open.page)).toEqual(['lab/dave']);
    expect(await open.page.getByLabel('Find').inputValue()).toBe('LAB 10.77.0.20');
    await open.page.getByLabel('Find').fill('nothing like it');
    await open.page.getByRole('button', { name: 'Find' }).click();
    await open.page.getByText('No VM with state “stuck” matches “nothing like it”').waitFor();
    await open.page.getByRole('link', { name: 'Show all' }).click();
    await expect.poll(async () => (await readNames(open.page)).length).toBe(30);
  });
});

describe('page of a VM', () => {
  it('shows what the API says: steps with time and result, files, problems', async () => {
    const vm = await getJson<VmReport>('/vms/lab%2Fbob');
    await using open = await visit(ours.browser, ours.fleet, '/vm/lab%2Fbob');
    const { page } = open;
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('lab/bob');
    expect(await page.locator('.problems').innerText()).toContain(vm.findings[0]?.text.slice(1));
    const [newest] = vm.boots;
    const rows = (await page.locator('.timeline tbody tr').allInnerTexts()).join('\n');
    for (const { name } of newest?.steps ?? []) expect(rows).toContain(name.split('/').at(-1));
    const failed = page.getByRole('row', { name: /config-locale/ });
    expect(await failed.innerText()).toMatch(/\+17 s\s+1\.3 s\s+✕ failed/);
    expect(await failed.locator('path.mark').count()).toBe(1);
    const files = page.getByRole('region', { name: 'Files it fetched' }).getByRole('row');
    expect(await files.count()).toBe(1 + (newest?.files.length ?? 0));
    const { content_id } = newest?.files.find(({ file }) => file === 'user-data') ?? {};
    expect(await files.filter({ hasText: 'user-data' }).innerText()).toMatch(
      new RegExp(`200\\s+10 B\\s+${content_id}\\s+10\\.77\\.0\\.20 52:54:00:aa:00:20\\s+22\\.4\\.2$`),
    );
  });

  it('tells mistakes in its files with place and cure', async () => {
    const vm = await getJson<VmReport>('/vms/lab%2Fbob');
    await using open = await visit(ours.browser, ours.fleet, '/vm/lab%2Fbob');
    const items = await open.page
      .getByRole('region', { name: 'Mistakes in its files' })
      .getByRole('listitem')
      .allInnerTexts();
    expect(items).toHaveLength(vm.seed_findings.length);
    for (const { file, line, column, message } of vm.seed_findings) {
      expect(items.join('\n')).toContain(`${file}:${line}:${column}`);
      expect(items.join('\n')).toContain(message);
    }
    expect(items[0]).toMatch(/^✕ error lab\/bob\/user-data:\d+:\d+\n/);
  });

  it('has what the driver of a registered VM has told: place, console, and host keys beside those told', async () => {
    const name = 'default/distro-vm/vm/vm/0';
    const vm = await getJson<VmReport>(`/vms/${encodeURIComponent(name)}`);
    await using open = await visit(ours.browser, ours.fleet, `/vm/${encodeURIComponent(name)}`);
    const text = await open.page.getByRole('main').innerText();
    const { alloc_id = '', node = '' } = vm.registration ?? {};
    const facts = [alloc_id, node, 'lab/grace', 'distro-vm default/vm/vm[0]', 'Sealed', 'guest agent'];
    for (const fact of facts) expect(text).toContain(fact);
    const keys = open.page.getByRole('region', { name: 'SSH host keys' }).getByRole('row');
    expect(await keys.nth(2).innerText()).toMatch(/^ssh-ed25519\s+SHA256:\S+\s+✓ the same$/);
    const console = open.page.getByRole('region', { name: 'Newest lines of the console' });
    expect(await console.innerText()).toMatch(/-----END SSH HOST KEY KEYS-----\n?$/);
    // At its end, where the newest is.
    expect(await console.evaluate(box => box.scrollHeight > box.clientHeight && box.scrollTop)).toBe(0);
  });

  it('warns when the console has printed another host key than the VM has told', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/vm/default%2Fheidi');
    await open.page.getByRole('region', { name: 'What is wrong' }).waitFor();
    const row = open.page.getByRole('row', { name: /^ssh-ed25519/ });
    expect(await row.innerText()).toMatch(/✕ another one SHA256:/);
  });

  it('leads to the files that it would get, without secrets, and to what has changed since it got them', async () => {
    await using mine = await startFleet();
    await mine.write('vm', 'user-data', '#cloud-config\npassword: hunter2\nlocale: C.UTF-8\n');
    await mine.see('vm', boot, 60);
    await mine.serve('vm', 'user-data');
    await mine.write('vm', 'user-data', '#cloud-config\npassword: hunter2\nlocale: de_DE.UTF-8\n');
    await using open = await visit(ours.browser, mine, '/vm/vm');
    await open.page.getByRole('link', { name: 'Files that it would get now' }).click();
    await open.page.getByRole('heading', { name: 'Files of vm' }).waitFor();
    const text = await open.page.getByRole('region', { name: 'user-data as it is now' }).innerText();
    expect(text).toBe('#cloud-config\npassword: <redacted>\nlocale: de_DE.UTF-8\n');
    const change = open.page.getByRole('region', { name: 'user-data: what has changed' });
    expect(await change.getByRole('deletion').allInnerTexts()).toEqual(['-locale: C.UTF-8\n']);
    expect(await change.getByRole('insertion').allInnerTexts()).toEqual(['+locale: de_DE.UTF-8\n']);
    expect(await open.page.content()).not.toContain('hunter2');
    expect((await mine.get('/vm/none/files')).status).toBe(404);
  });

  it('draws bars where and as long as the steps were', async () => {
    const vm = await getJson<VmReport>('/vms/lab%2Falice');
    await using open = await visit(ours.browser, ours.fleet, '/vm/lab%2Falice');
    const steps = vm.boots[0]?.steps ?? [];
    const ssh = steps.find(({ name }) => name === 'init-network/config-ssh');
    const users = steps.find(({ name }) => name === 'init-network/config-users-groups');
    const measure = async (name: string) => {
      const row = open.page.getByRole('row', { name: new RegExp(`^${name} `) });
      const box = await row.locator('rect').boundingBox();
      return { left: box?.x ?? 0, width: box?.width ?? 0 };
    };
    const [sshBar, usersBar] = [await measure('config-ssh'), await measure('config-users-groups')];
    const scale = sshBar.width / (ssh?.took_s ?? 0);
    expect(usersBar.width / scale).toBeCloseTo(users?.took_s ?? 0, 1);
    expect((sshBar.left - usersBar.left) / scale).toBeCloseTo((ssh?.at_s ?? 0) - (users?.at_s ?? 0), 1);
  });

  it('says what holds a VM up, and draws what has not ended as open', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/vm/lab%2Fcarol');
    await open.page.getByText('Step "modules-config/config-set-passwords" runs for').waitFor();
    const row = open.page.getByRole('row', { name: /config-set-passwords/ });
    expect(await row.innerText()).toContain('not ended');
    expect(await row.locator('rect.open').count()).toBe(1);
  });

  it('lets one choose among boots', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/vm/lab%2Falice');
    const boots = open.page.getByRole('navigation', { name: 'Boots' }).getByRole('link');
    expect(await boots.count()).toBe(2);
    const newest = await open.page.getByRole('heading', { name: /^Boot of/ }).innerText();
    await boots.last().click();
    await expect
      .poll(() => open.page.getByRole('heading', { name: /^Boot of/ }).innerText())
      .not.toBe(newest);
    expect(await boots.last().getAttribute('aria-current')).toBe('page');
  });

  it('answers 404 with a way back for a VM that nobody knows', async () => {
    expect((await ours.fleet.get('/vm/none')).status).toBe(404);
    await using open = await visit(ours.browser, ours.fleet);
    await open.page.goto(`${ours.fleet.url}/vm/none`);
    await open.page.getByRole('link', { name: 'Virtual machines' }).click();
    await open.page.getByRole('heading', { name: 'Virtual machines' }).waitFor();
  });
});

describe('live updates', () => {
  it('show a new VM without a reload, and leave focus and typed text where they are', async () => {
    await using mine = await startFleet();
    await mine.see('first', boot, 60);
    await using open = await visit(ours.browser, mine);
    const { page } = open;
    await waitUntilLive(open);
    await page.evaluate(() => Object.assign(window, { isSame: true }));
    await page.getByLabel('Find').fill('half a wor');
    await page.getByRole('link', { name: 'first' }).focus();
    await mine.see('a-second', boot.slice(0, 6));
    await page.getByRole('row', { name: /a-second booting/ }).waitFor();
    expect(await page.getByRole('status').innerText()).toBe('2 VMs, 0 with problems, 1 booting');
    expect(await page.evaluate(() => [document.activeElement?.textContent, 'isSame' in window])).toEqual([
      'first',
      true,
    ]);
    expect(await page.getByLabel('Find').inputValue()).toBe('half a wor');
    await mine.see('a-second', boot.slice(6));
    await page.getByRole('row', { name: /a-second ready/ }).waitFor();
    expect(open.complaints).toEqual([]);
  });

  it('add steps to a page of a VM as they come', async () => {
    await using mine = await startFleet();
    await mine.see('vm', boot.slice(0, 8), 3);
    await using open = await visit(ours.browser, mine, '/vm/vm');
    await waitUntilLive(open);
    expect(await open.page.getByText('config-ssh', { exact: true }).count()).toBe(0);
    await mine.see('vm', boot.slice(8), 2);
    await open.page.getByText('config-ssh', { exact: true }).waitFor();
    await expect.poll(() => open.page.getByRole('status').innerText()).toContain('ready');
  });

  it('stop on demand and go on', async () => {
    await using mine = await startFleet();
    await using open = await visit(ours.browser, mine);
    await waitUntilLive(open);
    await open.page.getByRole('button', { name: 'Pause' }).click();
    const before = open.requests.length;
    await mine.see('vm', boot);
    await open.page.getByText('Paused').waitFor();
    expect(open.requests.length).toBe(before);
    expect(await open.page.getByRole('rowheader').count()).toBe(0);
    await open.page.getByRole('button', { name: 'Go on' }).click();
    await open.page.getByRole('rowheader', { name: 'vm' }).waitFor();
  });

  it('say so when the server is gone', async () => {
    const mine = await startFleet();
    await using open = await visit(ours.browser, mine);
    await waitUntilLive(open);
    await mine[Symbol.asyncDispose]();
    await open.page.getByText('No connection, trying again').waitFor();
  });
});

describe('script of the pages', () => {
  it('is whole as it comes out of the bundler, among functions that have the same names', async () => {
    const bundled = await bundleScript();
    await using open = await visit(ours.browser, ours.fleet, '/vm/none', { bypassCSP: true });
    await open.page.route(`${ours.fleet.url}/`, async route => {
      const response = await route.fetch();
      const page = (await response.text()).replace(PAGE_SCRIPT, () => bundled);
      expect(page).not.toContain(PAGE_SCRIPT);
      await route.fulfill({ response, body: page });
    });
    await open.page.getByRole('link', { name: 'Virtual machines' }).click();
    await waitUntilLive(open);
    expect(open.complaints.filter(text => !text.includes('404'))).toEqual([]);
  });
});

describe('without JavaScript', () => {
  it('list, search and VM page work, with a link to look again', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/', { javaScriptEnabled: false });
    const { page } = open;
    await page.getByLabel('Find').fill('bob');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.waitForURL(/q=bob/);
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Look again' }).click();
    await page.getByRole('link', { name: 'lab/bob' }).click();
    await page.getByRole('row', { name: /config-locale .* ✕ failed/ }).waitFor();
    expect(open.requests.filter(url => !url.startsWith(ours.fleet.url))).toEqual([]);
  });
});

async function getJson<T>(path: string): Promise<T> {
  // Our own server's answer.
  return (await (await ours.fleet.get(path)).json()) as T;
}

/** The script as the executable has it. */
async function bundleScript(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `function loadPage() {} function updateNode() {} globalThis.used = [loadPage, updateNode];
        export { PAGE_SCRIPT } from './script.ts';`,
      resolveDir: join(import.meta.dirname, '../../../../cloudinit-server/admin/page'),
    },
    ...BUNDLE,
    write: false,
  });
  const module: { exports: { PAGE_SCRIPT?: string } } = { exports: {} };
  new Script(outputFiles[0]?.text ?? '').runInNewContext({ module });
  return module.exports.PAGE_SCRIPT ?? '';
}

function readNames(page: Page): Promise<string[]> {
  return page.getByRole('rowheader').getByRole('link').allInnerTexts();
}
