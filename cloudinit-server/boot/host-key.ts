import { createHash } from 'node:crypto';

/** The public half of a key that a guest's ssh server answers with. */
export interface HostKey {
  /** Such as `ssh-ed25519`. */
  readonly algorithm: string;
  /** The key itself, in base64. */
  readonly key: string;
}

const KEY = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]{40,2000}={0,2})(?:\s|$)/;

/** Reads a line of an `ssh_host_*_key.pub` file, or undefined when it is no public key of a kind still in use. */
export function parseHostKey(text: string): HostKey | undefined {
  const [, algorithm = '', key = ''] = KEY.exec(text) ?? [];
  const blob = Buffer.from(key, 'base64');
  // RFC 4253, 6.6: the blob begins with the algorithm's name, 32 bits of length before it.
  const isWhole =
    blob.length > 4 &&
    blob.readUInt32BE(0) === algorithm.length &&
    blob.toString('latin1', 4, 4 + algorithm.length) === algorithm;
  return isWhole ? { algorithm, key: blob.toString('base64') } : undefined;
}

/** As `ssh-keygen -l` prints it. */
export function buildFingerprint({ key }: HostKey): string {
  const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
