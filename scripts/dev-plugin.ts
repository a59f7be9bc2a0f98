/**
 * Writes a plugin file that runs these sources instead of the built executable: `npm run dev:plugin -- FILE`, with FILE in
 * the agent's plugin_dir. Restart the agent, or kill the plugin, to have an edit take effect.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: npm run dev:plugin -- FILE    such as /opt/nomad/plugins/nomad-driver-vm\n');
  process.exit(2);
}
const path = resolve(process.env['INIT_CWD'] ?? '.', file);
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
writeFileSync(
  path,
  `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(join(import.meta.dirname, '..', 'main.ts'))} "$@"\n`,
);
chmodSync(path, 0o755);
process.stdout.write(`${path} runs ${join(import.meta.dirname, '..', 'main.ts')}\n`);
