import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PAGE_POLICY, renderPage } from '../../../cloudinit-server/admin/render-page.ts';
import type { VmSummary } from '../../../cloudinit-server/admin/vm-report.ts';
import { readRecordedBoot } from '../boot/recorded-boot.ts';
import { replayBoot, startObservingServer } from '../observe/observing-server.ts';

const vm: VmSummary = {
  seed: 'lab/vm1',
  state: 'stuck',
  stage: 'activated',
  address: '10.77.0.56',
  cloud_init: '22.4.2',
  boot_began_at: '2026-01-31T12:00:00.000Z',
  last_heard_at: '2026-01-31T12:00:09.000Z',
  ready_after_s: null,
  findings: [{ code: 'silent', text: 'nothing was heard' }],
};

describe('renderPage()', () => {
  it('lists VMs with stage, address and what to know', () => {
    const page = renderPage([vm], new Date(0));
    expect(page).toContain('<title>1 VMs, 1 with problems</title>');
    expect(page).toContain('<a href="/vms/lab%2Fvm1">lab/vm1</a>');
    for (const text of ['stuck', 'activated', '10.77.0.56', '2026-01-31 12:00:00', 'nothing was heard']) {
      expect(page).toContain(text);
    }
  });

  it('runs nothing and loads nothing, whatever names are', () => {
    const evil = '"><script>alert(1)</script>\'&';
    const page = renderPage(
      [{ ...vm, seed: evil, address: evil, findings: [{ code: 'silent', text: evil }] }],
      new Date(0),
    );
    expect(page).not.toMatch(/<script|"><s/i);
    expect(page).toContain('&quot;&gt;&lt;script&gt;');
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
    expect(PAGE_POLICY).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(PAGE_POLICY).toContain("default-src 'none'");
  });

  it('is what people get first', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', readRecordedBoot('trixie-25.1.4'));
    const answer = await server.admin('/');
    expect(answer.headers.get('content-security-policy')).toBe(PAGE_POLICY);
    expect(await answer.text()).toMatch(
      /<th scope="row"><a href="\/vms\/vm1">vm1<\/a><\/th><td class="ready">ready</,
    );
  });
});
