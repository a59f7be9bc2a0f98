import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What the fake qemu was told. */
export interface QmpCommand {
  readonly execute: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly id: unknown;
}

/** Answers a command: lines to send back, or nothing at all. */
export type QmpAnswer = (command: QmpCommand, client: Socket) => readonly unknown[];

const GREETING = {
  QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'fake' }, capabilities: ['oob'] },
};

/** A qemu that is nothing but its QMP socket, on a real socket in a folder of its own. */
export class FakeQmpServer implements AsyncDisposable {
  readonly path: string;
  readonly commands: QmpCommand[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'fake-qmp-'));
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #greeting: unknown;

  private constructor(answer: QmpAnswer, greeting: unknown) {
    this.path = join(this.#folder, 'qmp.sock');
    this.#greeting = greeting;
    this.#server = createServer(client => this.#serve(client, answer));
  }

  /** @param greeting sent at once to every client; '' for a qemu that stalls, or is busy with another one. */
  static async listen(answer: QmpAnswer = answerEmpty, greeting: unknown = GREETING): Promise<FakeQmpServer> {
    const fake = new FakeQmpServer(answer, greeting);
    fake.#server.listen(fake.path);
    await once(fake.#server, 'listening');
    return fake;
  }

  /** Sends a line to every client, as qemu does with events. Text goes as it is. */
  send(...lines: readonly unknown[]): void {
    for (const client of this.#clients) writeLines(client, lines);
  }

  /** Greets from now on, those too who wait. */
  wakeUp(): void {
    this.#greeting = GREETING;
    this.send(GREETING);
  }

  hangUp(): void {
    for (const client of this.#clients) client.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await new Promise(resolve => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #serve(client: Socket, answer: QmpAnswer): void {
    this.#clients.add(client);
    client.on('error', () => {});
    client.on('close', () => this.#clients.delete(client));
    writeLines(client, [this.#greeting]);
    const lines = createInterface(client);
    // It passes on the socket's.
    lines.on('error', () => {});
    lines.on('line', line => {
      // Only our own client talks to it.
      const command = JSON.parse(line) as QmpCommand;
      this.commands.push(command);
      const isNegotiation = command.execute === 'qmp_capabilities';
      writeLines(client, isNegotiation ? answerEmpty(command) : answer(command, client));
    });
  }
}

/** What qemu answers to most commands that worked. */
export function answerEmpty(command: QmpCommand): readonly unknown[] {
  return [{ return: {}, id: command.id }];
}

function writeLines(client: Socket, lines: readonly unknown[]): void {
  for (const line of lines) client.write(typeof line === 'string' ? line : `${JSON.stringify(line)}\r\n`);
}
