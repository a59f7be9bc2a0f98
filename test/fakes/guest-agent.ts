import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Answers a command: what is sent back after `return` or `error`, the end of the line, or undefined for silence. */
export type AgentAnswer = (
  command: string,
  args: Readonly<Record<string, unknown>>,
) => { readonly return: unknown } | { readonly error: unknown } | 'hang-up' | undefined;

export interface FakeGuestAgentOptions {
  readonly answer?: AgentAnswer;
  /** Sent to every client before anything else: what earlier clients did not wait for. */
  readonly stale?: Buffer;
  /** No agent in the guest: takes everything and answers nothing. */
  readonly isSilent?: boolean;
}

/** qemu-guest-agent behind qemu's socket, which serves one client at a time and lets the others wait. */
export class FakeGuestAgent implements AsyncDisposable {
  readonly path: string;
  /** Names of the commands, in order, synchronisation left out. */
  readonly commands: string[] = [];
  /** How often somebody has connected. */
  clients = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), 'fake-agent-'));
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #options: FakeGuestAgentOptions;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: FakeGuestAgentOptions) {
    this.#options = options;
    this.path = join(this.#folder, 'agent.sock');
    this.#server = createServer({ pauseOnConnect: true }, client => {
      this.clients += 1;
      this.#clients.add(client);
      client.on('error', () => {});
      const closed = new Promise(resolve => client.on('close', resolve)).then(() =>
        this.#clients.delete(client),
      );
      this.#turn = this.#turn.then(() => {
        this.#serve(client);
        return closed;
      });
    });
  }

  static async listen(options: FakeGuestAgentOptions = {}): Promise<FakeGuestAgent> {
    const fake = new FakeGuestAgent(options);
    fake.#server.listen(fake.path);
    await once(fake.#server, 'listening');
    return fake;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await new Promise(resolve => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #serve(client: Socket): void {
    if (this.#options.stale !== undefined) client.write(this.#options.stale);
    let pending: Buffer = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (let end = pending.indexOf(10); end !== -1; end = pending.indexOf(10)) {
        this.#take(client, pending.subarray(0, end));
        pending = pending.subarray(end + 1);
      }
    });
    client.resume();
  }

  #take(client: Socket, line: Buffer): void {
    if (this.#options.isSilent === true) return;
    // Only our own client talks to it.
    const { execute, arguments: args } = JSON.parse(line.subarray(line.lastIndexOf(0xff) + 1).toString()) as {
      readonly execute: string;
      readonly arguments: Readonly<Record<string, unknown>>;
    };
    // The real agent complains about the delimiter before it answers.
    if (line.includes(0xff))
      client.write('{"error": {"class": "GenericError", "desc": "JSON parse error"}}\n');
    if (execute === 'guest-sync-delimited') {
      client.write(Buffer.concat([Buffer.of(0xff), Buffer.from(`{"return": ${args.id}}\n`)]));
      return;
    }
    this.commands.push(execute);
    const answer =
      this.#options.answer?.(execute, args) ?? (execute === 'guest-ping' ? { return: {} } : undefined);
    if (answer === 'hang-up') client.destroy();
    else if (answer !== undefined) client.write(`${JSON.stringify(answer)}\n`);
  }
}
