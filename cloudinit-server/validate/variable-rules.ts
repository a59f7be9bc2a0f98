import { findVariableUses, isVariable, VARIABLES, type Variable } from '../render/variables.ts';
import { suggestKey } from './schema/suggest-key.ts';
import { locate, type TextProblem } from './text-rules.ts';

/** Findings of one file; a file with more has one mistake many times. */
const MAX_FINDINGS = 20;

/** What every VM has, however it is known. */
const ALWAYS_KNOWN: readonly Variable[] = [
  'vm.seed',
  'vm.name',
  'vm.hostname',
  'vm.instance_id',
  'server.url',
];

/**
 * Variables that stay as they are: those that there are not, and those that this VM may have no value for.
 *
 * @param isRegistered whether a driver has told what it knows of the VM
 */
export function findVariableProblems(text: string, isRegistered: boolean): readonly TextProblem[] {
  const problems: TextProblem[] = [];
  for (const { name, offset } of findVariableUses(text)) {
    if (problems.length === MAX_FINDINGS) break;
    const place = { ...locate(text, offset), rule: 'variable' } as const;
    if (!isVariable(name)) {
      problems.push({ ...place, severity: 'error', message: describeUnknown(name) });
    } else if (!isRegistered && !ALWAYS_KNOWN.includes(name)) {
      const message = `"@{${name}}" is known of VMs that a driver registers with the server, and stays as it is for others`;
      problems.push({ ...place, severity: 'warning', message });
    }
  }
  return problems;
}

function describeUnknown(name: string): string {
  const suggestion = suggestKey(name, VARIABLES);
  const cure =
    suggestion === undefined ? `there are ${VARIABLES.join(', ')}` : `did you mean "@{${suggestion}}"?`;
  return `there is no variable "${name.slice(0, 80)}", so this stays as it is; ${cure}`;
}
