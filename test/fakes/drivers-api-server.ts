import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RegistrationRequest, VmEventBody } from '../../cloudinit-server/client.ts';

/** What a request asked for. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** An answer in place of the usual one. */
export interface OtherAnswer {
  readonly status: number;
  readonly body: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** The seed server's listener for drivers, as far as a driver notices: real HTTP, nothing on disk. */
export class FakeDriversApi implements AsyncDisposable {
  readonly token = 'a-token';
  readonly seen: SeenRequest[] = [];
  /** By identity. */
  readonly registered = new Map<string, RegistrationRequest>();
  readonly reports: { readonly identity: string; readonly report: Fields }[] = [];
  /** What a registration is answered, beside the usual. */
  registration: Fields = {};
  /** Answers some requests otherwise. */
  answer: (request: SeenRequest) => OtherAnswer | undefined = () => undefined;
  #events: Fields[] = [];
  #lastCursor = 0;
  #wake = Promise.withResolvers<void>();
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      // A guest of this server that hangs up is no failure of it.
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async listen(): Promise<FakeDriversApi> {
    const fake = new FakeDriversApi();
    await fake.resume();
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Requests of a method, by their paths. */
  pathsOf(method: string): readonly string[] {
    return this.seen.filter(request => request.method === method).map(({ path }) => path);
  }

  /** The server learns something of a VM. */
  tell(identity: string, allocId: string, body: VmEventBody): void {
    this.#lastCursor += 1;
    const about = { cursor: this.#lastCursor, at: new Date(0).toISOString(), identity, alloc_id: allocId };
    this.#events.push({ ...about, ...body });
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Everything that it knew is lost. */
  forget(): void {
    this.registered.clear();
    this.#events = [];
    this.#lastCursor = 0;
  }

  /** Ends; all connections break. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Is there again, at the same address. */
  async resume(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    // A listener on an IP address has a port.
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await Array.fromAsync(request)).toString();
    const url = new URL(request.url ?? '/', this.url);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const seen = { method: request.method ?? '', path: `${url.pathname}${url.search}`, body };
    this.seen.push(seen);
    const isAllowed = request.headers.authorization === `Bearer ${this.token}`;
    const refusal = { status: 401, body: { error: 'the token is another', code: 'token-refused' } };
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answer = isAllowed ? (this.answer(seen) ?? (await this.#answer(seen, url, gone.signal))) : refusal;
    response.statusCode = answer.status;
    response.setHeader('content-type', 'application/json');
    response.end(answer.status === 204 ? '' : JSON.stringify(answer.body));
  }

  async #answer({ method, body }: SeenRequest, url: URL, signal: AbortSignal): Promise<OtherAnswer> {
    const identity = decodeURIComponent(url.pathname.split('/')[3] ?? '');
    const known = this.registered.get(identity);
    // Our own client's requests, in a test.
    const fields = body as Fields;
    switch (method) {
      case 'PUT':
        this.registered.set(identity, body as RegistrationRequest);
        return {
          status: 200,
          body: { ...this.#buildRegistration(body as RegistrationRequest), ...this.registration },
        };
      case 'POST':
        if (known === undefined) return { status: 404, body: { error: 'unknown', code: 'vm-unknown' } };
        if (known.alloc_id !== fields['alloc_id'])
          return { status: 409, body: { error: 'other', code: 'allocation-other' } };
        this.reports.push({ identity, report: fields });
        return { status: 204, body: undefined };
      case 'DELETE':
        if (known?.alloc_id === url.searchParams.get('alloc_id')) this.registered.delete(identity);
        return { status: 204, body: undefined };
      default:
        return { status: 200, body: await this.#waitForEvents(url.searchParams, signal) };
    }
  }

  #buildRegistration({ delivery, files }: RegistrationRequest): Fields {
    const rendered = {
      'meta-data': 'instance-id: vm-1\n',
      'user-data': '',
      'vendor-data': '',
      'network-config': '',
    };
    return {
      seed_path: `/-/vm/${'t'.repeat(22)}/`,
      instance_id: 'vm-1',
      files: delivery === 'disk' ? { ...rendered, ...files } : null,
      findings: [],
    };
  }

  async #waitForEvents(query: URLSearchParams, signal: AbortSignal): Promise<Fields> {
    const end = AbortSignal.any([signal, AbortSignal.timeout(Number(query.get('timeout')) * 1000)]);
    const over = new Promise<void>(resolve => {
      end.addEventListener('abort', () => resolve(), { once: true });
    });
    const asked = Number(query.get('after'));
    const after = asked > this.#lastCursor ? 0 : asked;
    for (;;) {
      const events = this.#events.filter(event => Number(event['cursor']) > after);
      if (events.length > 0 || end.aborted) return { events, cursor: events.at(-1)?.['cursor'] ?? after };
      await Promise.race([this.#wake.promise, over]);
    }
  }
}
