/** How user-data may begin; cloud-init compares without regard to case and skips blanks before it. */
export const USER_DATA_HEADERS = [
  '#cloud-config',
  '#!',
  '#include',
  '#cloud-boothook',
  '#part-handler',
  '## template: jinja',
] as const;

/** As far as cloud-init looks for the header that makes a MIME message, in bytes. */
const MIME_WINDOW = 4096;

/**
 * Whether a guest will know what to do with this user-data. What it does not know it ignores, with a warning that
 * only its own log has. Empty is fine. (`#cloud-config-archive` and `#include-once` begin with a header of the list.)
 */
export function isKnownUserData(content: Buffer): boolean {
  if (content[0] === 0x1f && content[1] === 0x8b) return true; // gzip, unpacked by the guest
  // Bytes as characters: a byte order mark stays visible as the stranger that it is to cloud-init.
  const start = content.toString('latin1', 0, MIME_WINDOW).toLowerCase();
  const text = start.replace(/^[ \t\r\n\v\f]+/, '');
  return (
    text === '' ||
    start.includes('mime-version:') ||
    USER_DATA_HEADERS.some(header => text.startsWith(header))
  );
}
