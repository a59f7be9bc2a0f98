import { createHash } from 'node:crypto';

/**
 * The UUID of the VM that `identity` names: RFC 9562 version 8 (made by a rule of one's own), from the first 16 bytes of
 * SHA-256 of `uuid:<identity>` with the version and variant bits set. It must never change: guests keep it as their
 * product UUID.
 */
export function deriveUuid(identity: string): string {
  const hex = createHash('sha256').update(`uuid:${identity}`).digest('hex');
  const variant = (Number.parseInt(hex.slice(16, 17), 16) & 0b0011) | 0b1000;
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant.toString(16)}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
