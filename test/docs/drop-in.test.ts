import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLUGIN_OPTIONS } from '../../driver/config/plugin-options.ts';
import { TASK_DEFAULTS, TASK_OPTIONS } from '../../driver/config/task-options.ts';
import { ROOT } from './documents.ts';

/** Of Nomad 1.11.3's drivers/qemu: what a task may say, and what holds where it says nothing. */
const BUILT_IN_DEFAULTS: Readonly<Record<string, string | boolean | undefined>> = {
  image_path: undefined,
  accelerator: 'tcg',
  drive_interface: 'ide',
  machine_type: 'pc',
  emulator: 'qemu-system-x86_64',
  graceful_shutdown: false,
  guest_agent: false,
  args: undefined,
  port_map: undefined,
};
const BUILT_IN_PLUGIN_OPTIONS = ['image_paths', 'args_allowlist', 'emulators_allowlist'];

const markdown = readFileSync(join(ROOT, 'docs', 'drop-in.md'), 'utf8');

/** The row of an option, its name apart. */
function rowOf(option: string): string {
  return new RegExp(`^\\| \`${option}\` +\\|(.*)$`, 'm').exec(markdown)?.[1] ?? '';
}

describe('docs/drop-in.md', () => {
  it.each(Object.entries(BUILT_IN_DEFAULTS))(
    'has %s with the default that both drivers have',
    (option, value) => {
      expect(TASK_OPTIONS.map(({ name }) => name)).toContain(option);
      const defaults: Readonly<Record<string, string | boolean>> = TASK_DEFAULTS.qemu;
      expect(defaults[option]).toBe(value);
      const isSaid = value === undefined ? /./ : new RegExp(`\`${value}\` by default`);
      expect(rowOf(option)).toMatch(isSaid);
    },
  );

  it.each(BUILT_IN_PLUGIN_OPTIONS)('has %s of the plugin', option => {
    expect(PLUGIN_OPTIONS.map(({ name }) => name)).toContain(option);
    expect(rowOf(option)).not.toBe('');
  });
});
