import { describe, expect, it } from 'vitest';
import { judgeHostKeys } from '../../../cloudinit-server/bump/host-key-fate.ts';

const CONFIG = '#cloud-config\n';

describe('judgeHostKeys()', () => {
  it.each([
    ['nothing', '', '', 'new'],
    ['ordinary files', `${CONFIG}packages: [vim]\n`, `${CONFIG}phone_home: {}\n`, 'new'],
    ['keys that are given', `${CONFIG}ssh_keys: {ed25519_private: x}\n`, '', 'kept'],
    ['keys that vendor-data gives', '', `${CONFIG}ssh_keys: {ed25519_private: x}\n`, 'kept'],
    ['ssh_deletekeys: false', `${CONFIG}ssh_deletekeys: false\n`, '', 'kept'],
    ['what YAML 1.1 takes for false', `${CONFIG}ssh_deletekeys: no\n`, '', 'kept'],
    ['ssh_deletekeys in vendor-data', CONFIG, `${CONFIG}ssh_deletekeys: false\n`, 'kept'],
    [
      'user-data against vendor-data',
      `${CONFIG}ssh_deletekeys: true\n`,
      `${CONFIG}ssh_deletekeys: false\n`,
      'new',
    ],
    ['a script', '#!/bin/sh\n', '', 'unknown'],
    ['a template', `## template: jinja\n${CONFIG}ssh_deletekeys: false\n`, '', 'unknown'],
    ['a list', `${CONFIG}- a\n`, '', 'unknown'],
    ['a script as vendor-data', CONFIG, '#!/bin/sh\n', 'unknown'],
  ])('judges %s', (_case, userData, vendorData, fate) => {
    expect(judgeHostKeys(Buffer.from(userData), Buffer.from(vendorData))).toBe(fate);
  });
});
