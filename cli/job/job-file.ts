import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readMessage } from '../../qemu/error-message.ts';
import { HclSyntaxError } from '../hcl/hcl-syntax-error.ts';
import { type HclStep, locateLine } from '../hcl/locate.ts';
import { parseHcl } from '../hcl/parse-hcl.ts';
import { toRecord } from '../hcl/record.ts';
import { resolveReferences } from '../hcl/references.ts';
import type { HclItem } from '../hcl/scan.ts';
import { collectReferences } from '../hcl/variables.ts';
import type { Finding } from './finding.ts';

/** A job file, its variables put in. */
export interface JobFile {
  /** As the user typed it. */
  readonly path: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly items: readonly HclItem[];
}

/** A file that cannot be read or is not HCL. */
export class JobFileError extends Error {
  override readonly name = 'JobFileError';
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`${finding.file}:${finding.line}: ${finding.message}`);
    this.finding = finding;
  }
}

/**
 * Reads a file of HCL: a job's, a variables', an agent's.
 *
 * @param variables values for its `variable` blocks, by name.
 * @throws {JobFileError} when it cannot be read or is not HCL.
 */
export async function readJobFile(
  path: string,
  options: { readonly cwd: string; readonly variables: ReadonlyMap<string, unknown> },
): Promise<JobFile> {
  const text = await readText(path, options.cwd);
  try {
    const { value, items } = await parseHcl(text);
    const known = collectReferences(value, options.variables);
    return { path, value: toRecord(resolveReferences(value, known)), items };
  } catch (error) {
    if (!(error instanceof HclSyntaxError)) throw error;
    throw fileError(path, error.line, error.message);
  }
}

/** The line in this file of what `steps` lead to. */
export function lineOf(file: JobFile, steps: readonly HclStep[]): number {
  return locateLine(file.items, steps);
}

async function readText(path: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw fileError(path, 1, `cannot be read: ${readMessage(error)}`);
  }
}

function fileError(file: string, line: number, message: string): JobFileError {
  return new JobFileError({ file, line, severity: 'error', path: '', message });
}
