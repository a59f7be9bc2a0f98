import {
  type ClientDuplexStream,
  credentials,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { execConversations, execHandlers } from '../../../driver/grpc/exec-handlers.ts';
import { bidi, unary } from '../../../driver/grpc/handlers.ts';
import type { Task } from '../../../driver/task.ts';
import { Driver as DriverProto } from '../../../proto/services.ts';

type Message = Readonly<Record<string, unknown>>;

/** The exec part of the Driver service on a real connection, for one task whose VM is made of fakes. */
export class ExecWire implements AsyncDisposable {
  readonly notes: string[] = [];
  readonly #server = new Server();
  readonly #clients: { close(): void }[] = [];
  #port = 0;

  /** @param vm what the handlers use of a VM; undefined for one that has ended. */
  static async serve(
    vm: Partial<Message> | undefined,
    { hasGuestAgent = true, isHeld = false } = {},
  ): Promise<ExecWire> {
    const wire = new ExecWire();
    const fake = {
      vm: vm && { query: async () => undefined, ...vm },
      record: { hasGuestAgent, stage: { tag: 'running', phase: { tag: isHeld ? 'held' : 'on' } } },
      note: (text: string) => wire.notes.push(text),
      powerOn: async () => isHeld,
    };
    // Only these fields of a task are used.
    const task = fake as unknown as Task;
    const driver = () => ({ find: () => task });
    const log = () => undefined;
    const wrap = (
      handlers: object,
      wrapper: (name: string, log: () => undefined, handler: never) => unknown,
    ) =>
      Object.fromEntries(
        Object.entries(handlers).map(([name, handler]) => [name, wrapper(name, log, handler as never)]),
      );
    wire.#server.addService(DriverProto, {
      ...wrap(execHandlers(driver), unary),
      ...wrap(execConversations(driver), bidi),
    } as never);
    wire.#port = await new Promise((resolve, reject) =>
      wire.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
    return wire;
  }

  /** One request, one answer. */
  call(method: string, request: Message): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const rpc = definition(method);
    this.#connect().makeUnaryRequest(
      rpc.path,
      rpc.requestSerialize,
      rpc.responseDeserialize,
      { task_id: 't', ...request },
      (error: ServiceError | null, reply?: object) =>
        error === null ? resolve({ ...reply }) : reject(error),
    );
    return promise;
  }

  /** Opens a conversation as Nomad's client does: the setup is the first message, and it never half-closes. */
  exec(command: readonly string[], tty = false): Conversation {
    const rpc = definition('ExecTaskStreaming');
    const stream = this.#connect().makeBidiStreamRequest(
      rpc.path,
      rpc.requestSerialize,
      rpc.responseDeserialize,
    );
    stream.write({ setup: { task_id: 't', command, tty } });
    return new Conversation(stream as ClientDuplexStream<object, Message>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#server.forceShutdown();
  }

  #connect() {
    const Client = makeGenericClientConstructor(DriverProto, 'Driver');
    const client = new Client(`127.0.0.1:${this.#port}`, credentials.createInsecure());
    this.#clients.push(client);
    return client;
  }
}

function definition(method: string) {
  const rpc = DriverProto[method];
  if (rpc === undefined) throw new RangeError(`no ${method}`);
  return rpc;
}

/** The user's side of one `nomad alloc exec`. */
export class Conversation {
  /** Every message, with bytes as text: `stdout:out`, `stdout closed`, `exited 43`. */
  readonly heard: string[] = [];
  /** Settles when the plugin has ended the call. */
  readonly ended: Promise<void>;
  readonly #stream: ClientDuplexStream<object, Message>;

  constructor(stream: ClientDuplexStream<object, Message>) {
    this.#stream = stream;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stream.on('data', (message: Message) => this.heard.push(...describeMessage(message)));
    stream.on('end', resolve);
    stream.on('error', reject);
    promise.catch(() => undefined);
    this.ended = promise;
  }

  /** All text of a stream so far. */
  text(stream: 'stdout' | 'stderr'): string {
    return this.heard
      .filter(line => line.startsWith(`${stream}:`))
      .map(line => line.slice(stream.length + 1))
      .join('');
  }

  send(message: object): void {
    this.#stream.write(message);
  }

  type(text: string): void {
    this.send({ stdin: { data: Buffer.from(text) } });
  }

  closeInput(): void {
    this.send({ stdin: { close: true } });
  }

  cancel(): void {
    this.#stream.cancel();
  }
}

function describeMessage(message: Message): readonly string[] {
  const lines = ['stdout', 'stderr'].flatMap(name => {
    const frame = message[name] as { readonly data: Buffer; readonly close: boolean } | null;
    if (frame === null || frame === undefined) return [];
    return frame.close ? [`${name} closed`] : [`${name}:${frame.data.toString('latin1')}`];
  });
  const result = message['result'] as { readonly exit_code: number } | null;
  return message['exited'] === true ? [...lines, `exited ${result?.exit_code}`] : lines;
}
