import type { SeedError } from '../errors.ts';
import { ROOT_SEED } from '../seed-path.ts';
import type { LogFields, ServerLog } from '../server-log.ts';
import { RULE_TITLES } from '../validate/rule-titles.ts';
import type { CheckedLayer } from './check-layer.ts';

/** Lines that one seed may add to the log, and all seeds that are checked at once: the log is for more than this. */
const MAX_LINES_OF_SEED = 5;
const MAX_LINES = 100;

/** VMs that a line names; the others are counted. */
const MAX_NAMED_VMS = 5;

/**
 * Tells the log what was found. It names file, line and rule, never what is written there; `nomad-vm check` tells the
 * rest.
 */
export interface CheckReport {
  /** @param vms that get these files */
  tell(seedPath: string, checked: CheckedLayer, vms: readonly string[]): void;
  tellGone(seedPath: string, vms: readonly string[]): void;
  /** A folder that cannot be looked into. */
  tellUnreadable(problem: SeedError): void;
  /** Errors that were found, whether they were told or not. */
  readonly countErrors: () => number;
}

/** @param isEdit whether each seed is told of, also when nothing is wrong with it */
export function createCheckReport(log: ServerLog, { isEdit }: { readonly isEdit: boolean }): CheckReport {
  let lines = 0;
  let errors = 0;
  const write = (level: 'info' | 'warn' | 'error', message: string, fields: LogFields) => {
    lines += 1;
    if (lines <= MAX_LINES) log[level](message, fields);
  };
  const tellUnreadable = ({ code, message }: SeedError, fields: LogFields = {}) => {
    errors += 1;
    write('error', 'seed not readable', { code, reason: message, ...fields });
  };
  return {
    tellUnreadable,
    tell: (seedPath, { unreadable, findings }, vms) => {
      const named = describeVms(vms);
      const wrong = findings.filter(({ severity }) => severity === 'error');
      errors += wrong.length;
      for (const problem of unreadable) tellUnreadable(problem, named);
      for (const { file, line, column, rule } of wrong.slice(0, MAX_LINES_OF_SEED)) {
        write('warn', 'seed has an error', {
          file: seedPath === ROOT_SEED ? file : `${seedPath}/${file}`,
          line,
          column,
          rule,
          reason: RULE_TITLES[rule],
          cure: 'run "nomad-vm check" on the seeds folder, which says what to write instead',
          ...named,
        });
      }
      if (!isEdit) return;
      const warnings = findings.length - wrong.length;
      write('info', 'seed edited', { seed: seedPath, errors: wrong.length, warnings, ...named });
    },
    tellGone: (seedPath, vms) =>
      write(vms.length === 0 ? 'info' : 'warn', 'seed gone', { seed: seedPath, ...describeVms(vms) }),
    countErrors: () => errors,
  };
}

function describeVms(vms: readonly string[]): LogFields {
  if (vms.length === 0) return {};
  const named = vms.slice(0, MAX_NAMED_VMS).join(', ');
  return { vms: vms.length > MAX_NAMED_VMS ? `${named} and ${vms.length - MAX_NAMED_VMS} more` : named };
}
