import { isIP } from 'node:net';
import { type Command, Option } from 'commander';
import type { CliIo } from '../io.ts';
import { DEFAULT_TOKEN_FILE, readAdminToken } from './admin-token.ts';

/** Where the seed server serves people unless it is told otherwise. */
export const DEFAULT_ADMIN_URL = 'http://127.0.0.1:8001';

/** Which seed server a command asks. */
export interface ServerOptions {
  readonly server: string;
}

/** The options of commands that ask a seed server for what only admins may know or do. */
export interface AdminApiOptions extends ServerOptions {
  readonly tokenFile: string;
}

/** Adds the option that every command for a running seed server has. */
export function addServerOption(command: Command): Command {
  return command.option('--server <url>', "the seed server's --admin address", DEFAULT_ADMIN_URL);
}

/** Adds those of commands for admins. */
export function addAdminOptions(command: Command, io: CliIo): Command {
  return addServerOption(command).addOption(
    new Option('--token-file <file>', 'file with the admin token of the seed server').default(
      io.adminTokenFile ?? DEFAULT_TOKEN_FILE,
    ),
  );
}

/** What to ask a seed server. */
export interface AdminRequest {
  /** What it is for, as it goes on after "Cannot". */
  readonly aim: string;
  /** @default 'GET' */
  readonly method?: 'GET' | 'POST';
  /** With its leading slash. */
  readonly path: string;
  /** JSON. @default none */
  readonly body?: string | undefined;
}

/**
 * Asks a seed server for what only admins may know or do.
 *
 * @returns the body of its answer
 * @throws when the server can't be reached or doesn't answer 200; the message says what to do
 */
export async function askServer(options: AdminApiOptions, request: AdminRequest, io: CliIo): Promise<string> {
  const base = parseServerUrl(options.server);
  if (base.protocol === 'http:' && !isThisHost(base.hostname)) {
    throw new Error(
      `Cannot send the admin token to "${options.server}": anybody on the way could read it; use https, or 127.0.0.1 and "ssh -L 8001:127.0.0.1:8001" to the server's host`,
    );
  }
  const token = readAdminToken(options.tokenFile, io);
  const answer = await send(options, request, { authorization: `Bearer ${token}` }, io);
  if (answer.status === 401) {
    throw new Error(
      `Cannot use the admin token of "${options.tokenFile}": the seed server at "${options.server}" has another one; name the file "admin-token" of its --state folder with --token-file`,
    );
  }
  return readAnswer(answer, request);
}

/**
 * Asks a seed server for what everybody on its host may know.
 *
 * @returns the body of its answer
 * @throws as {@link askServer}
 */
export async function askOpenly(options: ServerOptions, request: AdminRequest, io: CliIo): Promise<string> {
  return readAnswer(await send(options, request, {}, io), request);
}

function parseServerUrl(server: string): URL {
  const base = URL.parse(server);
  if (base !== null && /^https?:$/.test(base.protocol)) return base;
  throw new Error(`Cannot ask "${server}": wanted a URL such as "${DEFAULT_ADMIN_URL}"`);
}

function isThisHost(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function send(
  { server }: ServerOptions,
  { method = 'GET', path, body }: AdminRequest,
  headers: Readonly<Record<string, string>>,
  io: CliIo,
): Promise<Answer> {
  const url = `${parseServerUrl(server).href.replace(/\/+$/, '')}${path}`;
  const request = {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
    // It could lead the token elsewhere.
    redirect: 'error',
    signal: io.signal,
  } as const;
  const response = await fetch(url, request).catch(cause => {
    io.signal.throwIfAborted();
    throw new Error(
      `Cannot reach the seed server at "${server}": ${describe(cause)}; run this on its host, and start it with --state DIR --admin 127.0.0.1:8001`,
      { cause },
    );
  });
  return { status: response.status, text: await response.text() };
}

function readAnswer({ status, text }: Answer, { aim }: AdminRequest): string {
  if (status === 200) return text;
  throw new Error(`Cannot ${aim}: ${readReason(text) ?? `the seed server answers with status ${status}`}`);
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
