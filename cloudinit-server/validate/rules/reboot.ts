import type { Problem } from '../finding.ts';
import { isMap } from '../record.ts';
import type { ConfigRule } from '../rule.ts';

/** Characters of a command that are looked at. */
const MAX_COMMAND = 1024;

/** A command that ends the guest, as the first word of a command or after what separates commands. */
const ENDS = /(^|[;&|]\s*|\bsystemctl\s+)(\/\S*\/)?(reboot|poweroff|halt|shutdown)(\s|;|$)/;

/** Guests that end before they are ready, or at every boot. */
export const checkReboot: ConfigRule = config => [
  ...findCommands(config['bootcmd']).map(index => ({
    rule: 'reboot' as const,
    severity: 'error' as const,
    path: ['bootcmd', index],
    message:
      'bootcmd runs at every boot, so the guest never gets further than here; use power_state, which acts once',
  })),
  ...findCommands(config['runcmd']).map(index => ({
    rule: 'reboot' as const,
    severity: 'warning' as const,
    path: ['runcmd', index],
    message: 'it ends the guest while cloud-init still works, which then never finishes; use power_state',
  })),
  ...checkPowerState(config['power_state']),
];

function findCommands(commands: unknown): readonly number[] {
  if (!Array.isArray(commands)) return [];
  return commands.flatMap((command: unknown, index) => {
    const text = Array.isArray(command) ? command.join(' ') : command;
    return typeof text === 'string' && ENDS.test(text.slice(0, MAX_COMMAND)) ? [index] : [];
  });
}

function checkPowerState(powerState: unknown): readonly Problem[] {
  const mode = isMap(powerState) ? powerState['mode'] : undefined;
  // A reboot comes once for each instance-id. A guest that powers off ends its task, and Nomad starts it again.
  if (mode !== 'poweroff' && mode !== 'halt') return [];
  const message =
    mode === 'halt'
      ? 'a halted guest goes on as a running task that does nothing; use "poweroff" or "reboot"'
      : 'the guest powers off after its first boot, which ends its task; if its disk is new at each start, it never comes further';
  return [{ rule: 'reboot', severity: 'warning', path: ['power_state', 'mode'], message }];
}
