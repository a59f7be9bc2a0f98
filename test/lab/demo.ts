import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runDemo } from './demo/run.ts';

/** What scripts/demo.sh, which has the options' meaning, runs when all is set up. */
const write = (text: string) => {
  process.stdout.write(text);
};

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));

try {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, job: { type: 'string' } },
  });
  const defaultJob = resolve(import.meta.dirname, '..', '..', 'jobs', 'distro-vm.hcl');
  // npm runs scripts in the package's folder and says in INIT_CWD where the user was.
  const jobFile = values.job === undefined ? defaultJob : resolve(process.env['INIT_CWD'] ?? '.', values.job);
  await runDemo({ jobFile, once: values.once ?? false }, write, stop.signal);
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
