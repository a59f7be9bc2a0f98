/** What can go wrong with seeds and their server; a caller may act on the code. */
export type SeedErrorCode =
  /** A text that should name a seed doesn't. */
  | 'seed-name-invalid'
  /** The address of the seed server, as the operator or the job gives it, can't be used. */
  | 'server-url-invalid'
  | 'listen-address-invalid'
  /** The address can't be bound: taken, not this host's, or not permitted. */
  | 'listen-failed'
  /** The folder of all seeds is missing or no folder. */
  | 'seeds-folder-missing'
  | 'seeds-folder-unreadable'
  /** A request names nothing that this server could ever serve. */
  | 'request-path-refused'
  | 'request-path-too-long'
  | 'request-body-too-long'
  /** The client went away in the middle of its request. */
  | 'request-cut-off'
  | 'seed-unknown'
  | 'seed-folder-unreadable'
  | 'seed-file-unreadable'
  | 'seed-file-too-large'
  /** A folder, socket or device where a file should be. */
  | 'seed-file-irregular'
  /** A link in the seeds folder leads out of it. */
  | 'seed-file-outside'
  | 'seed-folder-outside'
  /** What the server remembers cannot be read or written. */
  | 'state-unusable'
  /** A report or phone-home whose token is no VM's, or whose body is none. */
  | 'token-unknown'
  | 'report-invalid'
  /** A registered VM's seed was asked for by another machine. */
  | 'mac-refused'
  /** A folder that registered VMs have was asked for by its path. */
  | 'seed-registered'
  /** The certificate or its key cannot be read, or don't belong together. */
  | 'tls-unusable'
  /** The token that drivers show, or the file that holds it, cannot be used. */
  | 'token-invalid'
  /** The address for people is not this host's own. */
  | 'admin-address-refused'
  /** A file that should hold a secret of the server cannot be made or read, or is anybody's. */
  | 'token-file-unusable';

/**
 * An expected failure of this folder. The message says what could not be done, on what, what was found, what was
 * wanted and what to do. It is for the operator: it may hold paths of this host and never goes to a guest.
 */
export class SeedError extends Error {
  override readonly name = 'SeedError';
  readonly code: SeedErrorCode;

  constructor(code: SeedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The errno name of a failed system call, such as "ENOENT", or undefined for any other error. */
export function readErrnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The error for a folder that a system call failed on. */
export function describeFolderError(
  code: 'seeds-folder-unreadable' | 'seed-folder-unreadable',
  path: string,
  cause: unknown,
): SeedError {
  const found = readErrnoCode(cause) ?? 'an unexpected error';
  return new SeedError(
    code,
    `Cannot read the folder "${path}": ${found}; the server's user needs read and search permission on it and on every folder above`,
    { cause },
  );
}

/** What something that was thrown says: anything can be thrown, most of it is an error. */
export function readMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
