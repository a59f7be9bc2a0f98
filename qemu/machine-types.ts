import { execa } from 'execa';
import { deadlineSignal } from './abortable.ts';
import { CHILD_ENVIRONMENT } from './child-environment.ts';

/** A name that a job may use for a machine, and the version behind it on this host. */
export interface MachineType {
  /** Without a version, such as `pc`. */
  readonly name: string;
  /** Such as `pc-i440fx-7.2`; the name itself for a machine without versions. */
  readonly version: string;
}

const ASK_MS = 5_000;

/** Asks an emulator which machines it knows, those without a version; none when it cannot be asked. */
export async function readMachineTypes(path: string, signal: AbortSignal): Promise<readonly MachineType[]> {
  const { stdout, failed } = await execa(path, ['-machine', 'help'], {
    cancelSignal: deadlineSignal(signal, ASK_MS),
    reject: false,
    stdin: 'ignore',
    maxBuffer: 262_144,
    extendEnv: false,
    env: CHILD_ENVIRONMENT,
  });
  return failed ? [] : parseMachineTypes(stdout);
}

/** Reads what `-machine help` prints: a machine a line, its name, blanks, what it is. */
export function parseMachineTypes(output: string): readonly MachineType[] {
  return output.split('\n').flatMap(line => {
    const [, name, description] = /^(\S+)\s{2,}(.*)$/.exec(line) ?? [];
    if (name === undefined || description === undefined || name === 'none') return [];
    const version = /\(alias of ([\w.-]+)\)/.exec(description)?.[1];
    if (version !== undefined) return [{ name, version }];
    // "pc-i440fx-7.1" is one of dozens; whoever wants it knows it.
    return /-\d+\.\d+/.test(name) ? [] : [{ name, version: name }];
  });
}
