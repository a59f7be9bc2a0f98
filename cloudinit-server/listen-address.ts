import { isIP, isIPv6 } from 'node:net';
import { SeedError } from './errors.ts';

/** Where a server listens. */
export interface ListenAddress {
  /** An address of this host or a name that leads to one; IPv6 without brackets. */
  readonly host: string;
  /** 0 lets the kernel choose a free one. */
  readonly port: number;
}

const ADDRESS = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/;
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/**
 * Reads an address such as `10.77.0.1:8000` or `[::]:8000`.
 *
 * @throws {SeedError} `listen-address-invalid`
 */
export function parseListenAddress(text: string): ListenAddress {
  const groups = ADDRESS.exec(text)?.groups;
  const ipv6 = groups?.ipv6;
  const host = ipv6 ?? groups?.host ?? '';
  const port = Number(groups?.port);
  // Digits and dots alone are an address or a mistake, never a name.
  const isHost = isIP(host) !== 0 || (HOST_NAME.test(host) && !/^[\d.]+$/.test(host));
  if (!isHost || (ipv6 !== undefined && !isIPv6(ipv6)) || !(port <= 65535)) {
    throw new SeedError(
      'listen-address-invalid',
      `Cannot listen on "${text}": wanted HOST:PORT with a port from 0 to 65535; write "10.77.0.1:8000" for one address, "0.0.0.0:8000" for all of this host, IPv6 in brackets as in "[::]:8000"`,
    );
  }
  return { host, port };
}

/** The address in the form that {@link parseListenAddress} reads. */
export function formatListenAddress(address: ListenAddress): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
