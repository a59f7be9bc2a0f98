/** How much a line matters; Nomad's agent shows it at this level. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Facts of one line. Never seeds, passwords, keys or a task's environment. */
export type LogFacts = Readonly<Record<string, string | number | boolean>>;

/** Writes one event: a constant lower-case message, and what varies as facts. */
export type Log = (level: LogLevel, message: string, facts?: LogFacts) => void;

/**
 * A log that Nomad's agent understands: one JSON line an event, in the format of go-hclog.
 *
 * @param write must not throw; the agent may have gone away.
 */
export function createPluginLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (level, message, facts) => write(`${renderLogLine(level, message, facts ?? {}, now())}\n`);
}

/**
 * One log line. go-plugin takes the line apart only if the time has exactly six fractional digits (log_entry.go), and
 * the agent crashes on a message that is not a string.
 */
export function renderLogLine(level: LogLevel, message: string, facts: LogFacts, time: Date): string {
  const timestamp = time.toISOString().replace('Z', '000Z');
  return JSON.stringify({ ...facts, '@level': level, '@message': message, '@timestamp': timestamp });
}

/** What is known of an error, in full, for a log line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `; caused by ${describeError(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
