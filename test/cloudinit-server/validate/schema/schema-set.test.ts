import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../../../cloudinit-server/validate/schema/compare-versions.ts';
import { chooseSchema, readSchemaSet } from '../../../../cloudinit-server/validate/schema/schema-set.ts';
import { suggestKey } from '../../../../cloudinit-server/validate/schema/suggest-key.ts';
import { validateSeed } from '../../../../cloudinit-server/validate/validate-seed.ts';

/** As scripts/fetch-schemas.ts writes it, of packages that differ in one key. */
function make(...versions: readonly string[]) {
  const packages = versions.map((version, index) => ({
    version,
    files: {
      'schema-cloud-config-v1.json': JSON.stringify({
        $schema: 'http://json-schema.org/draft-04/schema#',
        $defs: {
          cc_old: { type: 'object', properties: { packages: { type: 'array' } } },
          cc_new: { type: 'object', properties: { [`since${index}`]: { type: 'integer', minimum: index } } },
        },
        allOf: [{ $ref: '#/$defs/cc_old' }, { $ref: '#/$defs/cc_new' }],
      }),
      ...(index === 0
        ? {}
        : {
            'schema-network-config-v2.json': JSON.stringify({
              $schema: 'http://json-schema.org/draft-07/schema#',
              $defs: {
                network_config_version2: {
                  properties: {
                    ethernets: { additionalProperties: { properties: { dhcp4: { type: 'boolean' } } } },
                  },
                },
              },
            }),
          }),
    },
  }));
  return readSchemaSet({ format: 1, packages });
}

const text = (lines: string) => Buffer.from(`#cloud-config\nssh_import_id: [gh:a]\n${lines}`);

describe('readSchemaSet()', () => {
  it('tells unknown keys by the newest, whatever the order of packages', () => {
    const schemas = make('25.1.4', '22.4.2');
    expect(schemas.newest.version).toBe('25.1.4');
    expect(schemas.newest.keys).toContain('since0');
  });

  it('refuses a file without any schema', () => {
    for (const made of [undefined, {}, { packages: [] }, { packages: [{ version: '1', files: {} }] }]) {
      expect(() => readSchemaSet(made)).toThrow('this build has no schema of cloud-init');
    }
  });
});

describe('chooseSchema()', () => {
  it.each([
    [undefined, '25.1.4'],
    ['26.2', '25.1.4'],
    ['25.1.4-0ubuntu1', '25.1.4'],
    ['24.4', '22.4.2'],
    ['17.1', '22.4.2'],
    ['nonsense', '22.4.2'],
  ])('takes for %s the schema of %s', (version, chosen) => {
    expect(chooseSchema(make('22.4.2', '25.1.4'), version).version).toBe(chosen);
  });
});

describe('validateSeed() with several schemas', () => {
  const schemas = make('22.4.2', '25.1.4');

  it('judges values by the guest’s version', () => {
    const judge = (guestVersion: string) =>
      validateSeed({ 'user-data': text('since1: 0\n') }, { schemas, guestVersion }).filter(
        ({ path }) => path === 'since1',
      );
    expect(judge('25.1.4')).toEqual([
      expect.objectContaining({ rule: 'schema', message: 'must be at least 1' }),
    ]);
    expect(judge('22.4.2')).toEqual([
      expect.objectContaining({
        rule: 'newer-key',
        message: 'cloud-init 22.4.2 does not know this key and ignores it; 25.1.4 knows it',
      }),
    ]);
  });

  it('judges network-config by the schema, wrapped or not', () => {
    for (const [start, line] of [
      ['version: 2\n', 4],
      ['network:\n  version: 2\n', 5],
    ] as const) {
      const indent = start.startsWith('network') ? '  ' : '';
      const config = `${start}${indent}ethernets:\n${indent}  ens3:\n${indent}    dhcp4: "on"\n`;
      expect(validateSeed({ 'network-config': Buffer.from(config) }, { schemas })).toEqual([
        expect.objectContaining({
          rule: 'schema',
          line,
          message: expect.stringContaining('write it without quotes'),
        }),
      ]);
    }
  });
});

describe('compareVersions()', () => {
  it.each([
    ['22.4.2', '22.4.2', 0],
    ['22.4', '22.4.0', 0],
    ['9.1', '22.4', -1],
    ['25.1.4-0ubuntu1~24.04', '25.1.4', 0],
    ['26.2', '25.10', 1],
  ])('orders %s and %s', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign);
  });
});

describe('suggestKey()', () => {
  it.each([
    ['packges', 'packages'],
    ['run_cmd', 'runcmd'],
    ['SSH-authorized-keys', 'ssh_authorized_keys'],
    ['hostnmae', 'hostname'],
    ['xyzzy', undefined],
    ['a'.repeat(1000), undefined],
  ])('for %s suggests %s', (written, key) => {
    expect(suggestKey(written, ['packages', 'runcmd', 'ssh_authorized_keys', 'hostname', 'apt'])).toBe(key);
  });
});
