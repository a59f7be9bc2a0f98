import type { ApiProblem } from '../client/drivers-api-types.ts';

/** Takes note of what is wrong with a field. */
export type Report = (path: string, message: string) => undefined;

/** The fields of a JSON object; undefined when it is none. */
export function readObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return { ...value };
}

/** Collects problems, so that all are told at once. */
export function collectProblems(): { readonly problems: readonly ApiProblem[]; readonly report: Report } {
  const problems: ApiProblem[] = [];
  return {
    problems,
    report: (path, message) => {
      problems.push({ path, message });
      return undefined;
    },
  };
}

/** A field that must be a text which `isValid`. @param wanted a clause such as `a UUID` */
export function readText(
  fields: Readonly<Record<string, unknown>>,
  path: string,
  report: Report,
  isValid: (text: string) => boolean,
  wanted: string,
): string | undefined {
  const value = fields[path];
  if (typeof value === 'string' && isValid(value)) return value;
  return report(path, `is ${describeValue(value)}, wanted ${wanted}`);
}

/** A field that must be one of these words. */
export function readWord<const Word extends string>(
  fields: Readonly<Record<string, unknown>>,
  path: string,
  report: Report,
  words: readonly Word[],
): Word | undefined {
  const value = fields[path];
  const found = words.find(word => word === value);
  return found ?? report(path, `is ${describeValue(value)}, wanted one of "${words.join('", "')}"`);
}

/** Fields that nobody knows: a newer driver wants what this server does not do. */
export function reportUnknown(
  fields: Readonly<Record<string, unknown>>,
  known: readonly string[],
  report: Report,
): void {
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) {
      report(describeValue(key), 'is no field of this version; the seed server may be older than the driver');
    }
  }
}

/** What was found, short enough for one line; never more than the beginning of a text. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
