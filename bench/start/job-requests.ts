import { request } from 'node:http';

/** Turns a job file's text into the value that Nomad's API takes. */
export async function parseJob(socketPath: string, text: string, signal: AbortSignal): Promise<unknown> {
  const body = { JobHCL: text, Canonicalize: true };
  const job: unknown = JSON.parse(await send(socketPath, 'POST', '/v1/jobs/parse', body, signal));
  return job;
}

/** Submits a parsed job: what `nomad job run` does once it has started and read the file. */
export async function submitJob(socketPath: string, job: unknown, signal: AbortSignal): Promise<void> {
  await send(socketPath, 'POST', '/v1/jobs', { Job: job }, signal);
}

/** Ends a job and forgets it. */
export async function purgeJob(socketPath: string, id: string, signal: AbortSignal): Promise<void> {
  await send(socketPath, 'DELETE', `/v1/job/${encodeURIComponent(id)}?purge=true`, {}, signal);
}

async function send(
  socketPath: string,
  method: string,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method, signal, agent: false }, answer => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 0) < 400) resolve(text);
        else reject(new Error(`Cannot ${method} "${path}": Nomad answers ${answer.statusCode}: ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
