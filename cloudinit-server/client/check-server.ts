import { describeNetworkError } from './network-error.ts';
import { joinServerUrl } from './server-url.ts';

/** What is at the address of a seed server. */
export type ServerCheck =
  | { readonly kind: 'answers' }
  /** It may work later. `reason` is a clause such as `connection refused`. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Asks whether a seed server of ours is where guests are sent. It says nothing of any seed.
 *
 * @throws {SeedError} `server-url-invalid`; the signal's reason when it is aborted
 */
export async function checkServer(
  serverUrl: string,
  { signal, timeoutMs = 3000 }: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<ServerCheck> {
  const url = `${joinServerUrl(serverUrl, [])}healthz`;
  signal.throwIfAborted();
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const { ok, status } = await fetch(url, { method: 'HEAD', signal: AbortSignal.any([signal, deadline]) });
    if (ok) return { kind: 'answers' };
    return { kind: 'unreachable', reason: `status ${status} from ${url}: another server is there` };
  } catch (error) {
    signal.throwIfAborted();
    // Guests may trust an authority that this host does not: that somebody speaks TLS there is answer enough.
    if (hasRefusedCertificate(error)) return { kind: 'answers' };
    const reason = deadline.aborted ? `no answer within ${timeoutMs} ms` : describeNetworkError(error);
    return { kind: 'unreachable', reason };
  }
}

/** By the names that OpenSSL and Node have for it; `fetch` has it as the cause. */
function hasRefusedCertificate(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && /CERT|SIGNATURE/.test(String(cause.code));
}
