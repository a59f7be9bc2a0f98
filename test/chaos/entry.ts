import { parseArgs } from 'node:util';

/** A program that runs something for a long time and judges it. */
export interface Entry<Name extends string, Result> {
  readonly usage: string;
  /** Options that take a whole number. */
  readonly numbers: Readonly<Record<Name, NumberOption>>;
  readonly run: (
    options: Readonly<Record<Name, number>>,
    report: (message: string) => void,
  ) => Promise<Result>;
  /** Prints the result for people. */
  readonly print: (result: Result, options: Readonly<Record<Name, number>>) => void;
  /** What is wrong, each as a sentence. */
  readonly judge: (result: Result, options: Readonly<Record<Name, number>>) => readonly string[];
}

export interface NumberOption {
  readonly default: number;
  /** @default 1 */
  readonly min?: number;
  /** @default 1000 */
  readonly max?: number;
}

/** Runs a program with its command line; progress goes to stderr. Returns the exit code: 0 only if nothing is wrong. */
export async function runEntry<Name extends string, Result>(
  entry: Entry<Name, Result>,
  argv: readonly string[],
): Promise<0 | 1> {
  try {
    const { isHelp, isJson, options } = parseOptions(entry.numbers, argv);
    if (isHelp) {
      process.stdout.write(entry.usage);
      return 0;
    }
    const startedAt = performance.now();
    const result = await entry.run(options, message => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
      process.stderr.write(`${seconds.padStart(5)} s  ${message}\n`);
    });
    const faults = entry.judge(result, options);
    if (isJson) process.stdout.write(`${JSON.stringify({ options, result, faults }, undefined, 2)}\n`);
    else {
      entry.print(result, options);
      process.stdout.write(faults.length === 0 ? 'nothing is wrong\n' : `WRONG:\n${faults.join('\n')}\n`);
    }
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

interface ParsedOptions<Name extends string> {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  readonly options: Readonly<Record<Name, number>>;
}

/** @throws TypeError for an unknown option, RangeError for a number that is none or too large */
export function parseOptions<Name extends string>(
  numbers: Readonly<Record<Name, NumberOption>>,
  argv: readonly string[],
): ParsedOptions<Name> {
  const texts = Object.keys(numbers).map(name => [name, { type: 'string' as const }] as const);
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      ...Object.fromEntries(texts),
    },
  });
  const given: Readonly<Record<string, unknown>> = values;
  const parsed = Object.entries<NumberOption>(numbers).map(([name, option]) => [
    name,
    parseNumber(name, given[name], option),
  ]);
  // Each name of `numbers` is in it, with a number.
  const options = Object.fromEntries(parsed) as Readonly<Record<Name, number>>;
  return { isHelp: given['help'] === true, isJson: given['json'] === true, options };
}

function parseNumber(
  name: string,
  text: unknown,
  { default: usual, min = 1, max = 1000 }: NumberOption,
): number {
  if (text === undefined) return usual;
  const number = Number(text);
  if (/^\d+$/.test(String(text)) && number >= min && number <= max) return number;
  throw new RangeError(`Cannot use --${name} "${String(text)}": write a whole number from ${min} to ${max}`);
}
