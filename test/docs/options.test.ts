import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseHcl } from '../../cli/hcl/parse-hcl.ts';
import { updateTables } from '../../docs/options.ts';
import type { AttributeOption, OptionTable } from '../../driver/config/option.ts';
import { parsePluginConfig } from '../../driver/config/plugin-config.ts';
import { PLUGIN_OPTIONS } from '../../driver/config/plugin-options.ts';
import { readAttribute } from '../../driver/config/read-attribute.ts';
import { TASK_OPTIONS } from '../../driver/config/task-options.ts';
import { buildIdentity } from '../../driver/vm-identity.ts';
import { deriveMacAddress } from '../../qemu/mac-address.ts';

const markdown = withoutPadding(readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8'));

/** The formatter pads the cells of a table. */
function withoutPadding(text: string): string {
  return text.replace(/^\|.*$/gm, row => row.replace(/ +/g, ' ').replace(/-{3,}/g, '---'));
}

const options: OptionTable = [...TASK_OPTIONS, ...PLUGIN_OPTIONS];
const attributes = options.flatMap((option): readonly AttributeOption[] =>
  option.kind === 'block' ? option.options : [option],
);

describe('docs/options.md', () => {
  it('has the tables that "node docs/options.ts" writes', () => {
    expect(markdown).toBe(withoutPadding(updateTables(markdown)));
  });

  it.each(attributes.map(option => option.name))('explains %s in one row', name => {
    expect(markdown).toContain(`\n| \`${name}\` | `);
  });

  it.each(attributes)('has an example for $name that its type takes', async ({ name, type, example }) => {
    const text =
      type === 'list(map(number))' ? `${name} {\n${example.slice(1, -1)}\n}` : `${name} = ${example}`;
    const { value } = await parseHcl(text);
    const problems: string[] = [];
    readAttribute(type, value[name], name, (_, message) => problems.push(message));
    expect(problems).toEqual([]);
  });

  it('has an example for the plugin that the plugin takes', async () => {
    const block = /```hcl\n(plugin [\s\S]*?)```/.exec(markdown)?.[1] ?? '';
    const { value } = await parseHcl(block);
    expect(value).toMatchObject({ plugin: { 'nomad-driver-vm': [{ config: [expect.anything()] }] } });
    const config = /config \{([\s\S]*?)\n {2}\}/.exec(block)?.[1] ?? '';
    expect(parsePluginConfig((await parseHcl(config)).value).imagePaths).toEqual(['/srv/images']);
  });

  it('has a shell line that computes the derived MAC address', () => {
    const line = /```sh\n([\s\S]*?)\n```/.exec(markdown)?.[1] ?? '';
    const identity = buildIdentity({
      namespace: 'default',
      jobId: 'distro-vm',
      group: 'vm',
      task: 'vm',
      allocIndex: 0,
    });
    expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' }).trim()).toBe(deriveMacAddress(identity, 0));
  });
});
