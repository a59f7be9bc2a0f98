import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEED_FILES } from '../../cloudinit-server/seed-files.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { exchange } from './fakes/exchange.ts';
import { startObservingServer } from './observe/observing-server.ts';
import { ALLOC, IDENTITY, MAC, REQUEST, withServer } from './registration/registering-server.ts';

const NO_FAULT = /^HTTP\/1\.1 [234]\d\d /;
const RUNS = 300;

/** A request with a token, as bytes. */
function build(method: string, path: string, token: string, body: Buffer): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

const json = fc.jsonValue({ maxDepth: 3 });
const files = fc.dictionary(
  fc.constantFrom(...SEED_FILES),
  fc.oneof(fc.string(), fc.string({ unit: 'binary' })),
);
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 500 }).map(bytes => Buffer.from(bytes)),
  json.map(value => Buffer.from(JSON.stringify(value))),
);
/** What is taken often enough to get further, and now and then not. */
function mostly<A, B>(usual: fc.Arbitrary<A>, odd: fc.Arbitrary<B>): fc.Arbitrary<A | B> {
  return fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

const anyPart = fc.oneof(
  fc.string(),
  fc.constantFrom('..', '%2e%2e', '%00', '%0a', '%', '-', '_default', '//'),
);

describe('the listener of drivers, with anything at all behind its token,', () => {
  it('takes or refuses every path and body, and serves what it has taken', () =>
    withServer(async server => {
      const identity = fc.oneof(
        fc.constant(encodeURIComponent(IDENTITY)),
        fc.constant('default%2Fb'),
        anyPart,
      );
      const path = fc.oneof(
        identity.map(name => `/v1/vms/${name}`),
        identity.map(name => `/v1/vms/${name}/reports`),
        fc
          .tuple(identity, fc.constantFrom(ALLOC, 'x', ''))
          .map(([name, id]) => `/v1/vms/${name}?alloc_id=${id}`),
        fc
          .webQueryParameters()
          .map(query => `/v1/events?node=n&timeout=0&${query.replaceAll('timeout', 't')}`),
        fc.array(anyPart, { maxLength: 5 }).map(parts => `/${parts.join('/')}`),
      );
      const registration = fc
        .record(
          {
            seed: mostly(fc.constant('alice'), fc.oneof(fc.constantFrom(null, 'bob'), json)),
            files: mostly(files, json),
            mac_addresses: mostly(fc.constantFrom([MAC], []), json),
            alloc_id: fc.constantFrom(ALLOC, 'another'),
            job: mostly(fc.constant('web'), fc.string()),
            index: mostly(fc.nat({ max: 9 }), json),
            instance_id: fc.constantFrom('stable', 'content'),
            delivery: fc.constantFrom('http', 'disk'),
          },
          { requiredKeys: [] },
        )
        .map(fields => Buffer.from(JSON.stringify({ ...REQUEST, ...fields })));
      const report = fc
        .record(
          {
            alloc_id: fc.constantFrom(ALLOC, 'another'),
            address: json,
            console_tail: mostly(fc.string({ unit: 'binary' }), json),
            host_keys: mostly(fc.array(fc.string()), json),
          },
          { requiredKeys: [] },
        )
        .map(fields => Buffer.from(JSON.stringify(fields)));
      const vm = `/v1/vms/${encodeURIComponent(IDENTITY)}`;
      const request = fc.oneof(
        fc.tuple(fc.constant('PUT'), fc.constant(vm), registration),
        fc.tuple(fc.constant('POST'), fc.constant(`${vm}/reports`), report),
        fc.tuple(
          fc.constantFrom('PUT', 'POST', 'DELETE', 'GET', 'PATCH'),
          path,
          fc.oneof(registration, report, anyBody),
        ),
      );
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(request, async ([method, target, body]) => {
          const answer = await exchange(server.driversUrl, build(method, target, server.token, body));
          expect(answer).toMatch(NO_FAULT);
          const seedPath = /"seed_path":"([^"]+)"/.exec(answer)?.[1];
          if (seedPath === undefined) return;
          taken += 1;
          for (const file of SEED_FILES) expect((await server.get(`${seedPath}${file}`)).status).toBe(200);
        }),
        { numRuns: fuzzRuns(RUNS) },
      );
      expect(taken).toBeGreaterThan(0);
      expect((await server.admin('/vms')).status).toBe(200);
      expect((await server.admin('/')).status).toBe(200);
      expect(server.log.text()).not.toMatch(/"message":"(?:request of a driver failed|state not written)"/);
      expect(server.log.text()).toMatch(/^[ -~\n]*$/);
    }));
});

describe('the listener for people, with anything at all behind its token,', () => {
  it('answers every path and draft without a fault and without a secret', async () => {
    await using server = await startObservingServer(['vm1', 'lab/vm2']);
    await server.folder.write('seeds/vm1/user-data', '#cloud-config\npassword: TOPSECRET\n');
    await server.folder.write('secret/user-data', 'TOPSECRET');
    for (const file of SEED_FILES) await server.get(`/vm1/${file}`);
    const token = (await readFile(server.tokenFile, 'utf8')).trim();
    const vm = fc.oneof(fc.constantFrom('vm1', 'lab%2Fvm2', '-', '..%2Fsecret', 'default%2Fa'), anyPart);
    const what = fc.constantFrom('', '/render', '/diff', '/bump', '/ssh', '/wait?timeout=0', '/nothing');
    const query = fc.oneof(
      fc.constant(''),
      fc.constantFrom('?file=user-data', '?file=vendor-data', '?from=x', '?state=ready&q=vm'),
      fc.webQueryParameters().map(text => `?${text}`),
    );
    const path = fc.oneof(
      fc
        .tuple(vm, what, query)
        .map(([name, end, text]) => `/vms/${name}${end}${end.includes('?') ? '' : text}`),
      fc
        .tuple(vm, fc.constantFrom('', '/files', '/bump'), query)
        .map(([name, end, text]) => `/vm/${name}${end}${text}`),
      fc
        .tuple(fc.constantFrom('/', '/vms', '/known_hosts', '/metrics'), query)
        .map(([one, text]) => one + text),
      fc.array(anyPart, { maxLength: 5 }).map(parts => `/${parts.join('/')}`),
    );
    const draft = files.map(drafted => Buffer.from(JSON.stringify({ files: drafted })));
    const method = fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'DELETE');
    await fc.assert(
      fc.asyncProperty(method, path, fc.oneof(draft, anyBody), async (verb, target, body) => {
        const sent = verb === 'POST' ? body : Buffer.alloc(0);
        const answer = await exchange(server.adminUrl, build(verb, target, token, sent));
        expect(answer).toMatch(NO_FAULT);
        expect(answer).not.toContain('TOPSECRET');
      }),
      { numRuns: fuzzRuns(RUNS) },
    );
    expect((await server.admin('/vms/vm1')).status).toBe(200);
    expect(server.log.text()).not.toMatch(/"message":"request for people failed"/);
    expect(server.log.text()).not.toContain('TOPSECRET');
  });
});
