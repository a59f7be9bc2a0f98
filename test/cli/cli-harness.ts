import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../cli/main.ts';

/** The command line in a folder of its own, its output kept. */
export interface CliHarness extends AsyncDisposable {
  readonly dir: string;
  /** Stops whatever runs, as Ctrl-C would. */
  readonly stop: () => void;
  run(
    ...argv: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  write(name: string, text: string): Promise<void>;
}

export async function openCli(
  options: {
    readonly isTerminal?: boolean;
    readonly adminTokenFile?: string;
    readonly ask?: (question: string) => Promise<string>;
    readonly runProgram?: (program: string, argv: readonly string[]) => Promise<number>;
    readonly onOut?: (text: string) => void;
  } = {},
): Promise<CliHarness> {
  const dir = await mkdtemp(join(tmpdir(), 'nomad-vm-cli-'));
  const controller = new AbortController();
  return {
    dir,
    stop: () => controller.abort(),
    write: (name, text) => writeFile(join(dir, name), text),
    async run(...argv) {
      let [out, err] = ['', ''];
      const code = await runCli(argv, {
        writeOut: text => {
          out += text;
          options.onOut?.(text);
        },
        writeError: text => {
          err += text;
        },
        isTerminal: options.isTerminal ?? false,
        cwd: dir,
        signal: controller.signal,
        ask: options.ask,
        runProgram: options.runProgram ?? (() => Promise.reject(new Error('this test lets no program run'))),
        adminTokenFile: options.adminTokenFile,
        version: '1.2.3',
      });
      return { code, out, err };
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
}
