import type { Socket } from 'node:net';
import { readErrnoCode } from './errors.ts';
import { readAddress } from './request-facts.ts';
import type { ServerLog } from './server-log.ts';

/** Answers what is no HTTP request at all, and closes the connection. */
export function answerClientError(error: Error, socket: Socket, log: ServerLog): void {
  const code = readErrnoCode(error);
  const address = readAddress(socket.remoteAddress);
  // The client went away: nobody is left to answer, and guests that are switched off do it all the time.
  if (code === 'ECONNRESET' || socket.destroyed) return;
  log.warn('no http request', { address, code });
  if (socket.writable) {
    socket.write(`HTTP/1.1 ${chooseStatus(code)}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  }
  socket.destroySoon();
}

function chooseStatus(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return '400 Bad Request';
}
