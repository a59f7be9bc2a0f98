import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AUDIT_ACTIONS } from '../../../cloudinit-server/audit/audit-entry.ts';
import { fakeNeighbours } from '../fakes/neighbours.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';
import {
  ALLOC,
  bootRegistered,
  IDENTITY,
  LIFE,
  MAC,
  readReportPaths,
  register,
  startRegisteringServer,
} from '../registration/registering-server.ts';

const SECRET = 'hunter2hunter2';
const OTHER_KEY = `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519'), Buffer.alloc(36, 7)]).toString('base64')}`;
const POST = { method: 'POST' };

describe('the audit log of a VM’s life', () => {
  it('has every step and every refusal, who and when, and no secret', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', `#cloud-config\npassword: ${SECRET}\n`);
    let macs: readonly string[] = [MAC];
    const server = await startRegisteringServer(folder, { neighbours: fakeNeighbours(() => macs) });
    const first = await register(server);
    const { phoneHome } = await readReportPaths(server, first.seed_path);
    await bootRegistered(server, first.seed_path, 'trixie-25.1.4');
    macs = ['52:54:00:99:99:99'];
    await server.get(`${first.seed_path}user-data`);
    macs = [MAC];
    const vm = `/vms/${encodeURIComponent(IDENTITY)}`;
    await server.admin(`${vm}/bump`, POST);
    // What it told at its first boot was no change.
    await server.post(phoneHome, `pub_key_ed25519=${encodeURIComponent(OTHER_KEY)}`);
    await fetch(`${server.adminUrl}/vms`, { headers: { authorization: 'Bearer wrong' } });
    await server.api.deregister(IDENTITY, ALLOC, LIFE);
    await server.stop();
    const later = await startRegisteringServer(folder, { policies: { forgetAfterMs: 0 } });
    await later.stop();

    const text = await readFile(`${folder.path}/state/audit.jsonl`, 'utf8');
    const entries = text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    // Not a plain digest, by which a short secret could be guessed.
    expect(entries[1]?.['content_id']).toMatch(/^[\da-f]{12}$/);
    const actions = entries.map(({ action, actor }) => `${action} by ${actor}`);
    expect(actions).toEqual([
      'server-started by server',
      'vm-registered by driver',
      'vm-sealed by server',
      'mac-refused by guest',
      'vm-unsealed by admin',
      'instance-id-bumped by admin',
      'host-keys-changed by guest',
      'token-refused by admin',
      'vm-removed by driver',
      'vm-forgotten by server',
      'server-started by server',
    ]);
    expect(AUDIT_ACTIONS.filter(action => !actions.some(each => each.startsWith(action)))).toEqual([]);
    for (const { time, vm: name, action } of entries) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(name, action).toBe(/^(?:server|token)-/.test(action) ? undefined : IDENTITY);
    }
    const token = first.seed_path.split('/')[3] ?? 'none';
    for (const secret of [SECRET, token, phoneHome, server.token]) expect(text).not.toContain(secret);
  });
});
