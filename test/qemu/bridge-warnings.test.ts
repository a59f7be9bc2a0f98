import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBridgeWarnings } from '../../qemu/bridge-warnings.ts';

let sysClassNet: string;
beforeEach(() => {
  sysClassNet = mkdtempSync(join(tmpdir(), 'bridges-'));
  mkdirSync(join(sysClassNet, 'br0/bridge'), { recursive: true });
});
afterEach(() => {
  rmSync(sysClassNet, { recursive: true, force: true });
});

function set(settings: Readonly<Record<string, number>>) {
  for (const [name, value] of Object.entries(settings))
    writeFileSync(join(sysClassNet, 'br0/bridge', name), `${value}\n`);
  return { sysClassNet, filterPath: join(sysClassNet, 'filter') };
}

describe('findBridgeWarnings()', () => {
  it('has nothing to say of a plain bridge', async () => {
    expect(
      await findBridgeWarnings('br0', set({ stp_state: 0, forward_delay: 1500, nf_call_iptables: 0 })),
    ).toEqual([]);
  });

  it('warns of STP, with the time it costs', async () => {
    const [warning, ...others] = await findBridgeWarnings('br0', set({ stp_state: 1, forward_delay: 1500 }));
    expect(warning).toContain('off the LAN for 30 s');
    expect(others).toEqual([]);
  });

  it('warns of filtered frames, whether it is set for all bridges or for this one', async () => {
    const settings = set({ stp_state: 0, nf_call_iptables: 1 });
    expect((await findBridgeWarnings('br0', settings)).join()).toContain('accept br0 to br0 in FORWARD');
    set({ nf_call_iptables: 0 });
    writeFileSync(settings.filterPath, '1\n');
    expect(await findBridgeWarnings('br0', settings)).toHaveLength(1);
  });
});
