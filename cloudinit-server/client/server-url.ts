import { SeedError } from '../errors.ts';

/**
 * Reads the address of a seed server. It becomes part of `ds=nocloud;…`, which ends at a `;` or a blank, and it is no
 * secret in the guest: every user there can read it.
 *
 * @throws {SeedError} `server-url-invalid`
 */
export function parseServerUrl(text: string): URL {
  if (/[\s;\\"'%\p{Cc}]/u.test(text))
    throw refuse(text, 'it holds a blank, ";", "\\", "%", a quote or a control character');
  if (!URL.canParse(text)) throw refuse(text, 'it is no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refuse(text, `guests cannot fetch from "${url.protocol}"`);
  if (url.username !== '' || url.password !== '')
    throw refuse('…', 'it holds a user name or password, which every user of the guest could read');
  if (url.search !== '' || url.hash !== '') throw refuse(text, 'it has a query or fragment');
  return url;
}

/**
 * The URL of a folder below a server's address, with one slash at the end.
 *
 * @param serverUrl see {@link parseServerUrl}
 * @throws {SeedError} `server-url-invalid`
 */
export function joinServerUrl(serverUrl: string, folders: readonly string[]): string {
  const base = parseServerUrl(serverUrl);
  const segments = [...base.pathname.split('/'), ...folders].filter(segment => segment !== '');
  // The names need no encoding today; a wider rule for names must not make a narrower URL.
  const path = segments.map(segment => encodeURIComponent(decodeURIComponent(segment)));
  return `${base.origin}/${path.map(segment => `${segment}/`).join('')}`;
}

function refuse(text: string, reason: string): SeedError {
  return new SeedError(
    'server-url-invalid',
    `Cannot use ${JSON.stringify(text)} as the address of the seed server: ${reason}; wanted http://HOST:PORT/ such as "http://10.77.0.1:8000/"`,
  );
}
