import { request } from 'node:http';

/** Nomad refused a request, or failed at it. */
export class NomadApiError extends Error {
  override readonly name = 'NomadApiError';
  readonly status: number;

  constructor(path: string, status: number, body: string) {
    super(`Cannot get "${path}" from Nomad: status ${status}: ${body.trim()}`);
    this.status = status;
  }
}

/**
 * Gets a path of Nomad's HTTP API, which begins with `/v1/`, through the unix socket of a lab's relay.
 *
 * @throws NomadApiError for a status from 400 on; the socket's error when there is no agent; the signal's reason
 */
export async function askNomad(socketPath: string, path: string, signal: AbortSignal): Promise<string> {
  return await new Promise((resolve, reject) => {
    // No agent: a connection kept alive from before a restart leads nowhere.
    const outgoing = request({ socketPath, path, signal, agent: false }, answer => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const status = answer.statusCode ?? 0;
        if (status >= 400) reject(new NomadApiError(path, status, text));
        else resolve(text);
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
