import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { readErrnoCode, readMessage, SeedError } from './errors.ts';

/** Where a server's certificate and its key are. */
export interface TlsFiles {
  /** In PEM, with the certificates that lead to the authority after it. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a listener needs to speak TLS. */
export interface TlsKeys {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Reads a certificate and its key, and tries them: a listener that nobody can speak with must not open.
 *
 * @throws {SeedError} `tls-unusable`
 */
export function readTlsFiles({ certFile, keyFile }: TlsFiles): TlsKeys {
  const keys = { cert: readOne(certFile), key: readOne(keyFile) };
  try {
    createSecureContext(keys);
    return keys;
  } catch (cause) {
    // OpenSSL's reasons name functions, never what is in a file.
    const reason = readMessage(cause);
    throw refuse(
      `"${certFile}" with the key "${keyFile}"`,
      `${reason}; both must be PEM, and belong together`,
      cause,
    );
  }
}

/** Whether the certificate is good for any IP address; most public ones are for names alone. */
export function isForAddress({ cert }: Pick<TlsKeys, 'cert'>): boolean {
  return /(?:^|, )IP Address:/.test(new X509Certificate(cert).subjectAltName ?? '');
}

function readOne(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const found = readErrnoCode(cause) ?? 'an unexpected error';
    throw refuse(`"${path}"`, `${found}; the server's user needs to read it`, cause);
  }
}

function refuse(what: string, reason: string, cause: unknown): SeedError {
  return new SeedError('tls-unusable', `Cannot speak TLS by ${what}: ${reason}`, { cause });
}
