import { toRecord } from './unknown-record.ts';

/** Reads the answer of guest-info: the commands that the agent has and that the guest's settings allow. */
export function parseEnabledCommands(answer: unknown): ReadonlySet<string> {
  const list = toRecord(answer)?.supported_commands;
  if (!Array.isArray(list)) return new Set();
  const commands = list.map(toRecord).filter(command => command?.enabled === true);
  return new Set(commands.flatMap(command => (typeof command?.name === 'string' ? [command.name] : [])));
}
