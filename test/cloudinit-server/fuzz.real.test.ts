import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../fuzz-runs.ts';
import { exchange, sendAndClose } from './fakes/exchange.ts';
import { type ObservingServer, startObservingServer } from './observe/observing-server.ts';

/** A deliberate 503 names a time to come again, or is a health check's answer. */
const ALLOWED = /^HTTP\/1\.1 (?:2\d\d|4\d\d) |^HTTP\/1\.1 503 .*retry-after: /is;
const RUNS = 300;

async function expectAlive(server: ObservingServer): Promise<void> {
  expect((await server.get('/vm1/user-data')).status).toBe(200);
  expect(server.log.text()).not.toMatch(/"message":"request failed"/);
  expect(server.log.text()).toMatch(/^[ -~\n]*$/);
  expect(server.log.text()).not.toContain('TOP SECRET');
}

const segment = fc.oneof(
  fc.string(),
  fc.constantFrom('..', '.', '%2e%2e', '..%2f', '%00', '%0d%0a', '-', 'vm', 'events', 'phone-home', 'ready'),
  fc.constantFrom('vm1', 'user-data', 'meta-data', 'vendor-data', '%', '\\', '//', '_default', '.git'),
);

describe('the listener of guests, with anything at all,', () => {
  it('answers every path with what is there or a refusal', async () => {
    await using server = await startObservingServer(['vm1']);
    await server.folder.write('secret/user-data', 'TOP SECRET');
    const path = fc.array(segment, { maxLength: 8 }).map(segments => `/${segments.join('/')}`);
    const method = fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'X');
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, target) => {
        const head = `${verb} ${target} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 6.6.6.6\r\nconnection: close\r\n\r\n`;
        const answer = await exchange(server.url, Buffer.from(head));
        expect(answer).not.toContain('TOP SECRET');
        if (!target.startsWith('/-/ready/')) expect(answer).toMatch(ALLOWED);
      }),
      { numRuns: fuzzRuns(RUNS) },
    );
    await expectAlive(server);
    expect(server.log.text()).not.toContain('"address":"6.6.6.6"');
  });

  it.each(['events', 'phoneHome'] as const)('takes or refuses every body of %s', async kind => {
    await using server = await startObservingServer(['vm1']);
    const paths = await server.reportPaths('vm1');
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }).map(bytes => Buffer.from(bytes)),
      fc.json().map(json => Buffer.from(json)),
      fc
        .record({
          name: fc.oneof(fc.string(), fc.constant('init-network/config-ssh'), fc.jsonValue()),
          event_type: fc.oneof(fc.constantFrom('start', 'finish'), fc.jsonValue()),
          timestamp: fc.oneof(fc.double(), fc.jsonValue()),
          result: fc.oneof(fc.constantFrom('SUCCESS', 'FAIL'), fc.jsonValue()),
        })
        .map(event => Buffer.from(JSON.stringify(event))),
      fc.webQueryParameters().map(form => Buffer.from(`pub_key_ed25519=${form}`)),
      fc.constant(Buffer.alloc(100_000, 0x7b)),
    );
    await fc.assert(
      fc.asyncProperty(body, async bytes => {
        const head = `POST ${paths[kind]} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${bytes.length}\r\n\r\n`;
        expect(await exchange(server.url, Buffer.concat([Buffer.from(head), bytes]))).toMatch(ALLOWED);
      }),
      { numRuns: fuzzRuns(RUNS) },
    );
    await expectAlive(server);
    expect((await server.admin('/vms/vm1')).status).toBe(200);
  });

  it('outlives bytes that are no HTTP, halves of requests and several at once', async () => {
    await using server = await startObservingServer(['vm1']);
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
      fc
        .constantFrom(
          'GET /vm1/user-data HTTP/1.1\r\nhost: x\r\n\r\n',
          'POST /-/events/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffff\r\n',
          'GET / HTTP/9.9\r\n\r\n',
          'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n',
          'GET /vm1/meta-data HTTP/1.1\r\nhost: x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
          `${'x: y\r\n'.repeat(3000)}`,
        )
        .map(piece => Buffer.from(piece)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async parts => {
        expect(await sendAndClose(server.url, Buffer.concat(parts))).not.toMatch(/^HTTP\/1\.1 5/m);
      }),
      { numRuns: fuzzRuns(RUNS) },
    );
    await expectAlive(server);
  });
});
