import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { BumpPlan } from '../../../../cloudinit-server/bump/plan-bump.ts';
import { useBrowsedFleet } from './browsed-fleet.ts';
import { visit } from './browser.ts';

const ours = useBrowsedFleet();

describe('bump', () => {
  it('says what it will do, does it once it is confirmed, and only once, without JavaScript', async () => {
    const plan = await readPlan('default%2Fheidi');
    await using open = await visit(ours.browser, ours.fleet, '/vm/default%2Fheidi', {
      javaScriptEnabled: false,
    });
    const { page } = open;
    await page.getByRole('link', { name: 'Bump…' }).click();
    const steps = (name: string) => page.getByRole('region', { name }).getByRole('listitem').allInnerTexts();
    const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
    expect(await steps('What it does')).toEqual(plan.effects.map(sentence));
    expect(await steps('What is to be done for it')).toEqual(plan.todo.map(sentence));
    expect((await readPlan('default%2Fheidi')).instance_id).toEqual(plan.instance_id);
    await page.getByRole('button', { name: 'Bump it' }).click();
    await page.getByText(`Its instance-id is now ${plan.instance_id.to}.`).waitFor();
    expect(await steps('What is to be done for it')).toEqual(plan.todo.map(sentence));
    await page.reload();
    expect((await readPlan('default%2Fheidi')).instance_id.from).toBe(plan.instance_id.to);
    // The form of before, kept open in another window.
    const again = await page.context().newPage();
    const answer = await again.request.post(
      `${ours.fleet.url}/vm/default%2Fheidi/bump?from=${plan.instance_id.from}`,
      {
        headers: { 'sec-fetch-site': 'same-origin' },
      },
    );
    expect([answer.status(), await answer.text()]).toEqual([
      409,
      expect.stringContaining('It was not bumped'),
    ]);
    expect((await readPlan('default%2Fheidi')).instance_id.from).toBe(plan.instance_id.to);
  });

  it('is refused to pages of other servers, also of this host', async () => {
    const { instance_id } = await readPlan('lab%2Fbob');
    const action = `${ours.fleet.url}/vm/lab%2Fbob/bump?from=${instance_id.from}`;
    const other = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${action}"><button>Win a prize</button></form>`);
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      await using open = await visit(ours.browser, ours.fleet);
      const address = other.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      for (const host of ['127.0.0.1', 'localhost']) {
        await open.page.goto(`http://${host}:${port}/`);
        const answer = open.page.waitForResponse(action);
        await open.page.getByRole('button', { name: 'Win a prize' }).click();
        expect((await answer).status(), host).toBe(403);
      }
      expect((await readPlan('lab%2Fbob')).instance_id).toEqual(instance_id);
    } finally {
      other.close();
    }
  });

  it('stays as it is while somebody reads it', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/vm/lab%2Fbob/bump');
    expect(await open.page.getByRole('button').allInnerTexts()).toEqual(['Bump it']);
    expect(open.requests.filter(url => url.includes('/live'))).toEqual([]);
    await open.page.getByRole('link', { name: 'Leave it as it is' }).click();
    await open.page.getByRole('heading', { name: 'lab/bob' }).waitFor();
    expect(open.complaints).toEqual([]);
  });

  it('is not offered for a VM that is gone', async () => {
    await using open = await visit(ours.browser, ours.fleet, '/vm/default%2Fdistro-vm%2Fvm%2Fvm%2F3');
    await open.page.getByRole('link', { name: 'Files that it would get now' }).waitFor();
    expect(await open.page.getByRole('link', { name: 'Bump…' }).count()).toBe(0);
  });
});

async function readPlan(vm: string): Promise<BumpPlan> {
  // Our own server's answer.
  return (await (await ours.fleet.get(`/vms/${vm}/bump`)).json()) as BumpPlan;
}
