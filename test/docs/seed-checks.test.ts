import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULE_TITLES } from '../../cloudinit-server/validate/rule-titles.ts';

describe('docs/seed-checks.md', () => {
  it('has a row for every rule, and no other', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/seed-checks.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z][a-z-]*)` /gm)].map(match => match[1]);
    expect(rows.toSorted()).toEqual(Object.keys(RULE_TITLES).toSorted());
  });
});
