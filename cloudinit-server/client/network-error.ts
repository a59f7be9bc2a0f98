const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens there',
  ECONNRESET: 'it closed the connection without an answer',
  UND_ERR_SOCKET: 'it closed the connection without an answer',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ENOTFOUND: 'its name leads to no address',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  EPROTO: 'it does not speak TLS there: write http:// instead of https://',
};

/** Why a request failed, as a clause. `fetch` says "fetch failed"; what failed is down the chain of causes. */
export function describeNetworkError(error: unknown): string {
  let last = error;
  while (last instanceof Error) {
    const code = 'code' in last && typeof last.code === 'string' ? last.code : undefined;
    if (code !== undefined) return REASONS[code] ?? `${code}: ${last.message}`;
    if (last.cause === undefined) return last.message;
    last = last.cause;
  }
  return String(last);
}
