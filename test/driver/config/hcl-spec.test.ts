import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { buildHclSpec } from '../../../driver/config/hcl-spec.ts';
import type { OptionTable } from '../../../driver/config/option.ts';
import { PLUGIN_OPTIONS } from '../../../driver/config/plugin-options.ts';
import { TASK_OPTIONS } from '../../../driver/config/task-options.ts';

const descriptors: unknown = JSON.parse(
  readFileSync(new URL('../../../proto/descriptors.json', import.meta.url), 'utf8'),
);
// The bundle is our own build product.
const Spec = protobuf.Root.fromJSON(descriptors as protobuf.INamespace).lookupType(
  'hashicorp.nomad.plugins.shared.hclspec.Spec',
);

describe('buildHclSpec()', () => {
  it('writes attributes, repeatable blocks and single blocks', () => {
    const spec = buildHclSpec([
      { kind: 'attribute', name: 'image', type: 'string', meaning: '', defaultText: '', example: '' },
      { kind: 'block', name: 'network', isRepeatable: true, meaning: '', options: [] },
      { kind: 'block', name: 'cloud_init', isRepeatable: false, meaning: '', options: [] },
    ]);
    expect(spec).toEqual({
      object: {
        attributes: {
          image: { Attr: { name: 'image', type: 'string', required: false } },
          network: { block_list: { name: 'network', nested: { object: { attributes: {} } } } },
          cloud_init: {
            block_value: { name: 'cloud_init', required: false, nested: { object: { attributes: {} } } },
          },
        },
      },
    });
  });

  it.each([
    ['task', TASK_OPTIONS],
    ['plugin', PLUGIN_OPTIONS],
  ])('survives the wire: the %s schema', (_, table) => {
    const spec = buildHclSpec(table);
    const message = Spec.decode(Spec.encode(Spec.create(spec)).finish());
    // Protobuf leaves out what is false or empty.
    expect(Spec.toObject(message, { defaults: false })).toEqual(withoutFalse(spec));
  });

  it('keeps the agent’s side free of map attributes, which HCL 1 cannot deliver', () => {
    const table: OptionTable = PLUGIN_OPTIONS;
    const attributes = table.flatMap(option => (option.kind === 'block' ? option.options : [option]));
    expect(attributes.map(({ type }) => type)).not.toContain('list(map(number))');
  });
});

function withoutFalse(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== false);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutFalse(inner)]));
}
