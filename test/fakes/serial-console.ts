import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** qemu's end of a serial console: prints to its log and to whoever is connected, and keeps what is typed. */
export class FakeSerialConsole implements AsyncDisposable {
  readonly files: { readonly console: string; readonly consoleSocket: string };
  typed = '';
  connections = 0;
  readonly clients = new Set<Socket>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'console-'));
  readonly #server: Server;

  private constructor() {
    this.files = {
      console: join(this.#folder, 'console.log'),
      consoleSocket: join(this.#folder, 'console.sock'),
    };
    this.#server = createServer(client => {
      this.connections += 1;
      this.clients.add(client);
      client.on('error', () => {});
      client.on('close', () => this.clients.delete(client));
      client.on('data', data => {
        this.typed += data.toString();
      });
    });
  }

  static async listen(): Promise<FakeSerialConsole> {
    const fake = new FakeSerialConsole();
    writeFileSync(fake.files.console, '');
    fake.#server.listen(fake.files.consoleSocket);
    await once(fake.#server, 'listening');
    return fake;
  }

  print(text: string): void {
    appendFileSync(this.files.console, text);
    for (const client of this.clients) client.write(text);
  }

  /** The VM is gone. */
  hangUp(): void {
    for (const client of this.clients) client.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await new Promise(resolve => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
