/** Facts of one log line. Names in snake case; never a seed's content. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the server tells what happens. Messages are constant and lower-case; what differs goes into the fields. */
export interface ServerLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Characters of one value; a guest chooses paths and header values. */
const MAX_VALUE_LENGTH = 512;

/**
 * One JSON object a line. Everything outside printable ASCII is escaped, so that a guest's bytes can neither end a
 * line nor steer a terminal.
 *
 * @param write takes a complete line with its line feed
 */
export function createJsonLog(write: (line: string) => void, now: () => Date = () => new Date()): ServerLog {
  const log = (level: string) => (message: string, fields?: LogFields) =>
    write(renderLogLine({ time: now().toISOString(), level, message, ...fields }));
  return { info: log('info'), warn: log('warn'), error: log('error') };
}

/** The line for these facts, with its line feed; undefined ones are left out. */
export function renderLogLine(fields: LogFields): string {
  const json = JSON.stringify(fields, (_key, value: unknown) =>
    typeof value === 'string' && value.length > MAX_VALUE_LENGTH
      ? `${value.slice(0, MAX_VALUE_LENGTH)}…`
      : value,
  );
  return `${json.replace(/[^ -~]/g, escapeCharacter)}\n`;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
