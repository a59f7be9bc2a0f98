import { buildArguments, buildExtraArguments } from '../../qemu/arguments.ts';
import { buildConfinedCommand } from '../../qemu/confinement.ts';
import { quoteForShell } from '../../qemu/guest-terminal.ts';
import type { VmFiles } from '../../qemu/vm-files.ts';
import type { SeedSource, VmSpec } from '../../qemu/vm-spec.ts';

const LEFT_OUT = '<left out>';

/** The command that starts a VM's qemu, in its network namespace if it has one. */
export function buildVmCommand(
  spec: VmSpec,
  files: VmFiles,
  networkNamespacePath: string | undefined,
): readonly string[] {
  const command = buildConfinedCommand(spec, [spec.emulatorPath, ...buildArguments(spec, files)]);
  return networkNamespacePath === undefined
    ? command
    : ['nsenter', `--net=${networkNamespacePath}`, '--', ...command];
}

/**
 * The same for people: one line that a shell takes, without the two places where there may be secrets. A seed's URL is all
 * that it takes to read the seed, and what `args` says is anybody's guess, so that only its flags are shown.
 */
export function describeVmCommand(...[spec, files, networkNamespacePath]: Parameters<typeof buildVmCommand>) {
  const shown = { ...spec, seedSource: withoutSerial(spec.seedSource) };
  const words = buildVmCommand(shown, files, networkNamespacePath);
  const ownWords = words.length - buildExtraArguments(spec).length;
  const line = words.map((word, index) => quote(index < ownWords ? word : showFlag(word))).join(' ');
  return `started by this command, where "${LEFT_OUT}" stands for what may be secret: ${line}`;
}

function withoutSerial(source: SeedSource | undefined): SeedSource | undefined {
  return source?.kind === 'serial' ? { kind: 'serial', serial: LEFT_OUT } : source;
}

function showFlag(word: string): string {
  return /^--?[A-Za-z][\w-]*$/.test(word) ? word : LEFT_OUT;
}

/** Only where a shell wants it, as people read this. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quoteForShell(word);
}
