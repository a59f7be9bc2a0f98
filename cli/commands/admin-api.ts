import type { Command } from 'commander';
import type { CliIo } from '../io.ts';

/** Where the seed server serves people unless it is told otherwise. */
export const DEFAULT_ADMIN_URL = 'http://127.0.0.1:8001';

/** The option that every command for a running seed server has. */
export interface AdminApiOptions {
  readonly server: string;
}

/** Adds it. */
export function addAdminOption(command: Command): Command {
  return command.option('--server <url>', "the seed server's --admin address", DEFAULT_ADMIN_URL);
}

/**
 * Asks a seed server for a page.
 *
 * @param path with its leading slash
 * @throws when the server can't be reached or doesn't answer 200; the message says what to do
 */
export async function getFromServer({ server }: AdminApiOptions, path: string, io: CliIo): Promise<string> {
  const base = URL.parse(server);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new Error(`Cannot ask "${server}": wanted a URL such as "${DEFAULT_ADMIN_URL}"`);
  }
  const response = await fetch(`${base.href.replace(/\/+$/, '')}${path}`, { signal: io.signal }).catch(
    cause => {
      io.signal.throwIfAborted();
      throw new Error(
        `Cannot reach the seed server at "${server}": ${describe(cause)}; run this on its host, and start it with --state DIR --admin 127.0.0.1:8001`,
        { cause },
      );
    },
  );
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(
    `Cannot get "${path}" from the seed server: ${readReason(text) ?? `status ${response.status}`}`,
  );
}

function describe(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
}

function readReason(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'error' in value ? String(value.error) : undefined;
  } catch {
    // Some other server's page.
    return undefined;
  }
}

/** A seed in a path of the server: slashes encoded, and the root by another name than the dot. */
export function encodeSeed(seed: string): string {
  return seed === '.' ? '-' : encodeURIComponent(seed);
}
