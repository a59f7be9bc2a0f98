import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliIo } from '../io.ts';
import { readJobFile } from '../job/job-file.ts';

/** The options that give values to a job file's variables. */
export interface VariableOptions {
  readonly var: ReadonlyMap<string, unknown>;
  readonly varFile: readonly string[];
  readonly namespace: string;
}

/** Adds `--var`, `--var-file` and `--namespace`, named as Nomad's own commands have them. */
export function addVariableOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--var <name=value>', "value of one of the job file's variables; may be repeated")
        .argParser(addVariable)
        .default(new Map(), 'none'),
    )
    .addOption(
      new Option('--var-file <file>', 'HCL file with such values; may be repeated')
        .argParser((file: string, files: readonly string[]) => [...files, file])
        .default([], 'none'),
    )
    .option('--namespace <name>', 'namespace of jobs that name none', 'default');
}

/** All values given, those of `--var` last. @throws {JobFileError} for a file that cannot be read. */
export async function collectVariables(
  options: VariableOptions,
  io: CliIo,
): Promise<ReadonlyMap<string, unknown>> {
  const collected = new Map<string, unknown>();
  for (const path of options.varFile) {
    const { value } = await readJobFile(path, { cwd: io.cwd, variables: new Map() });
    for (const [name, inner] of Object.entries(value)) collected.set(name, inner);
  }
  for (const [name, inner] of options.var) collected.set(name, inner);
  return collected;
}

function addVariable(text: string, known: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  const { name, value } = /^(?<name>[^=]+)=(?<value>[\s\S]*)$/.exec(text)?.groups ?? {};
  if (name === undefined)
    throw new InvalidArgumentError('Write name=value, such as --var image=local/debian-12.qcow2.');
  return new Map([...known, [name, value]]);
}
