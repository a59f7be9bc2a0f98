import type { RegistrationFinding } from '../../cloudinit-server/client.ts';

/** What the seed server has found in a VM's seed, for its user. */
export interface SeedFindings {
  /** One for each, for the account. */
  readonly lines: readonly string[];
  /** For the one event that is spent on them. */
  readonly summary: string;
}

/** Undefined where there is nothing to say. */
export function summariseFindings(findings: readonly RegistrationFinding[]): SeedFindings | undefined {
  // Errors first: the event has room for one.
  const sorted = findings.toSorted((a, b) => rank(a) - rank(b));
  const [first] = sorted;
  if (first === undefined) return undefined;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const counts = [count(errors, 'error'), count(findings.length - errors, 'warning')].filter(
    text => text !== '',
  );
  const rest = findings.length > 1 ? '; "nomad alloc logs -stderr" has all' : '';
  return {
    lines: sorted.map(finding => `seed: ${render(finding)}`),
    summary: `seed has ${counts.join(' and ')}: ${render(first)}${rest}`,
  };
}

function rank({ severity }: RegistrationFinding): number {
  return severity === 'error' ? 0 : 1;
}

function count(number: number, word: string): string {
  return number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`;
}

function render({ file, line, column, severity, message }: RegistrationFinding): string {
  return `${file}:${line}:${column}: ${severity}: ${message}`;
}
