import type { Socket } from 'node:net';
import { SeedError } from '../errors.ts';
import { formatListenAddress } from '../listen-address.ts';
import { readAddress } from '../request-facts.ts';

/**
 * The server as the guest at the other end of a connection reaches it, without a slash at the end: the address and
 * port that it has just connected to. (Its `Host` header would be a guest's word.) Behind a proxy or address
 * translation this is not what guests can reach; the operator names the address then.
 */
export function buildGuestBaseUrl(
  socket: Pick<Socket, 'localAddress' | 'localPort'> & { readonly encrypted?: boolean },
): string {
  const host = readAddress(socket.localAddress) ?? '127.0.0.1';
  return `${socket.encrypted === true ? 'https' : 'http'}://${formatListenAddress({ host, port: socket.localPort ?? 80 })}`;
}

/**
 * Reads the operator's own address of the server.
 *
 * @throws {SeedError} `server-url-invalid`
 */
export function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (!isPlain || url.username !== '' || url.password !== '') {
    throw new SeedError(
      'server-url-invalid',
      `Cannot tell guests to report to "${text}": wanted a URL such as "http://192.168.1.10:8000", without user, query or fragment`,
    );
  }
  return url.href.replace(/\/+$/, '');
}
