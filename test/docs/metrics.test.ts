import { describe, expect, it } from 'vitest';
import { AUDIT_ACTIONS } from '../../cloudinit-server/audit/audit-entry.ts';
import { parseExposition } from '../cloudinit-server/metrics/parse-exposition.ts';
import { startObservingServer } from '../cloudinit-server/observe/observing-server.ts';
import { readDocuments } from './documents.ts';

const observing = readDocuments().find(({ path }) => path === 'docs/observing.md')?.text ?? '';

describe('docs/observing.md', () => {
  it('lists every metric that there is, and no other', async () => {
    await using server = await startObservingServer(['a']);
    const families = [...parseExposition(await (await server.admin('/metrics')).text()).keys()];
    const listed = [...observing.matchAll(/`((?:cloudinit|process)_[a-z_]+)(?:\{[a-z,]+\})?`/g)].map(
      ([, name]) => name,
    );
    expect(listed.toSorted()).toEqual(families.toSorted());
  });

  it('lists every action of the audit log', () => {
    const rows = observing.split('\n').filter(line => line.startsWith('| `'));
    const listed = rows.flatMap(row =>
      [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name),
    );
    expect(AUDIT_ACTIONS.filter(action => !listed.includes(action))).toEqual([]);
  });
});
