import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkArguments } from '../../../driver/config/args-rule.ts';
import { parsePluginConfig } from '../../../driver/config/plugin-config.ts';
import { ConfigProblems } from '../../../driver/config/problem.ts';
import { parseTaskConfig } from '../../../driver/config/task-config.ts';
import { TASK_OPTIONS } from '../../../driver/config/task-options.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a.img', 'br0', 'alice', '20G', 'user', 'kvm', '52:54:00:00:00:01', 'http://h:8000/', '2'),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.dictionary(fc.constantFrom('bridge', 'mac', 'mode', 'seed', 'server', 'ssh'), scalar), {
    maxLength: 3,
  }),
);
const config = fc.dictionary(fc.constantFrom(...TASK_OPTIONS.map(option => option.name)), value);
const plugin = parsePluginConfig({ cloudinit_server: 'http://h:8000/' });

describe('parseTaskConfig()', () => {
  it('gives a config or says in one clean line what is wrong, whatever arrives', () => {
    fc.assert(
      fc.property(config, fc.constantFrom('vm', 'qemu'), (raw, personality) => {
        try {
          expect(parseTaskConfig(raw, { personality, plugin }).disk).toBeDefined();
        } catch (error) {
          if (!(error instanceof ConfigProblems)) throw error;
          expect(error.problems.length).toBeGreaterThan(0);
          expect(error.message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        }
      }),
      { numRuns: fuzzRuns(500) },
    );
  });
});

describe('checkArguments() for driver vm', () => {
  it('accepts nothing but what entries spell out', () => {
    const entry = fc.constantFrom('-device virtio-rng-pci', '-snapshot', '-name guest=x', '-m 512');
    const word = fc.oneof(
      entry.map(text => text.split(' ')),
      fc.constantFrom(
        ['-device'],
        ['vfio-pci'],
        ['--snapshot'],
        ['/etc/shadow'],
        ['-drive', 'file=x'],
        [' -snapshot'],
        [''],
      ),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), fc.array(word, { maxLength: 4 }), (allowlist, words) => {
        const args = words.flat();
        let isRefused = false;
        checkArguments(args, { personality: 'vm', allowlist }, () => {
          isRefused = true;
        });
        let rest = args.map(text => text.replace(/^--/, '-')).join('\n');
        while (rest !== '') {
          const used = allowlist
            .map(text => text.replace(' ', '\n'))
            .find(text => `${rest}\n`.startsWith(`${text}\n`));
          if (used === undefined) break;
          rest = rest.slice(used.length + 1);
        }
        expect(isRefused).toBe(rest !== '' || args.includes(''));
      }),
    );
  });
});
