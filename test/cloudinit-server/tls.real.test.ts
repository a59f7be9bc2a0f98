import { copyFile, readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { checkServer } from '../../cloudinit-server/client/check-server.ts';
import { createDriversApi } from '../../cloudinit-server/client/drivers-api.ts';
import { startSeedServer } from '../../cloudinit-server/start-seed-server.ts';
import { createRecordingLog } from './fakes/recording-log.ts';
import { createTemporaryFolder, type TemporaryFolder } from './fakes/temporary-folder.ts';

/** A certificate of its own authority. */
async function makeCertificate(folder: TemporaryFolder, name: string, goodFor = 'IP:127.0.0.1') {
  const [certFile, keyFile] = [`${folder.path}/${name}.pem`, `${folder.path}/${name}.key`];
  const kind = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
  ];
  const about = ['-subj', '/CN=seeds', '-addext', `subjectAltName=${goodFor}`];
  await execa('openssl', [...kind, ...about, '-keyout', keyFile, '-out', certFile]);
  return { certFile, keyFile };
}

/** A seed as a guest gets it that trusts this certificate alone. */
async function fetchSeed(url: string, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(url, { ca, agent: false }, answer => {
    text(answer).then(resolve, reject);
  }).once('error', reject);
  return await promise;
}

async function start(
  folder: TemporaryFolder,
  tls: { readonly certFile: string; readonly keyFile: string },
  publicUrl?: string,
) {
  const stop = new AbortController();
  const log = createRecordingLog();
  const listen = { host: '127.0.0.1', port: 0 };
  const stateDir = `${folder.path}/state`;
  const tokenFile = `${stateDir}/drivers-token`;
  const server = await startSeedServer({
    seedsDir: `${folder.path}/seeds`,
    listen,
    tls,
    tlsLookMs: 20,
    log,
    signal: stop.signal,
    memory: { stateDir, observing: { reseed: 'once', publicUrl }, drivers: { listen, tokenFile } },
  });
  return {
    log,
    guests: `https://127.0.0.1:${server.address.port}`,
    drivers: `https://127.0.0.1:${server.driversAddress?.port}`,
    token: async () => (await readFile(tokenFile, 'utf8')).trim(),
    stop: async () => {
      stop.abort();
      await server.closed;
    },
  };
}

describe('a server with a certificate', () => {
  it('speaks TLS with guests and drivers, and guests report by it', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', '#cloud-config\n');
    const files = await makeCertificate(folder, 'server');
    const ca = await readFile(files.certFile, 'utf8');
    const server = await start(folder, files);
    expect(await fetchSeed(`${server.guests}/alice/vendor-data`, ca)).toContain(`${server.guests}/-/events/`);

    const { signal } = new AbortController();
    const token = await server.token();
    const query = { node: 'node-1', after: 0, waitSeconds: 0 };
    const api = createDriversApi({ url: server.drivers, token, ca });
    expect(await api.events(query, signal)).toMatchObject({ kind: 'events' });
    const stranger = createDriversApi({ url: server.drivers, token });
    expect(await stranger.events(query, signal)).toMatchObject({ kind: 'unreachable' });
    const plain = createDriversApi({ url: server.drivers.replace('https', 'http'), token });
    expect(await plain.events(query, signal)).toMatchObject({ kind: 'unreachable' });

    // Whom a guest trusts is in its image: a driver can only see that a server is there.
    expect(await checkServer(server.guests, { signal })).toEqual({ kind: 'answers' });
    const wrong = await checkServer(server.guests.replace('https', 'http'), { signal });
    expect(wrong).toMatchObject({ kind: 'unreachable' });
    await server.stop();
  });

  it.each([
    ['IP:127.0.0.1', undefined, false],
    ['DNS:seeds.example.org', undefined, true],
    ['DNS:seeds.example.org', 'https://seeds.example.org:8000', false],
  ])('warns where guests would report to an address: %s, --public-url %s', async (goodFor, url, warns) => {
    await using folder = await createTemporaryFolder();
    await folder.folder('seeds');
    const server = await start(folder, await makeCertificate(folder, 'server', goodFor), url);
    await server.stop();
    expect(server.log.text().includes('guests cannot report')).toBe(warns);
  });

  it('takes a new certificate while it runs, and keeps the one before while the new files do not fit', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', '#cloud-config\n');
    const files = await makeCertificate(folder, 'server');
    const renewed = await makeCertificate(folder, 'renewed');
    const [before, after] = [
      await readFile(files.certFile, 'utf8'),
      await readFile(renewed.certFile, 'utf8'),
    ];
    const server = await start(folder, files);
    const seed = (ca: string) => fetchSeed(`${server.guests}/alice/user-data`, ca);
    await copyFile(renewed.certFile, files.certFile);
    await expect.poll(() => server.log.text()).toContain('certificate not replaced, the one before is used');
    expect(await seed(before)).toBe('#cloud-config\n');
    await copyFile(renewed.keyFile, files.keyFile);
    await expect.poll(() => server.log.text()).toContain('"certificate replaced"');
    expect(await seed(after)).toBe('#cloud-config\n');
    await expect(seed(before)).rejects.toThrow('self-signed');
    const api = createDriversApi({ url: server.drivers, token: await server.token(), ca: after });
    const query = { node: 'node-1', after: 0, waitSeconds: 0 };
    expect(await api.events(query, new AbortController().signal)).toMatchObject({ kind: 'events' });
    // Told once, however often it was looked.
    expect(server.log.text().match(/certificate not replaced/g)).toHaveLength(1);
    await server.stop();
  });

  it('does not start with files that are no certificate, or not its key', async () => {
    await using folder = await createTemporaryFolder();
    await folder.folder('seeds');
    const one = await makeCertificate(folder, 'one');
    const other = await makeCertificate(folder, 'other');
    await expect(start(folder, { ...one, keyFile: other.keyFile })).rejects.toThrow('belong together');
    await expect(start(folder, { ...one, certFile: `${folder.path}/none` })).rejects.toThrow('ENOENT');
    const text = await folder.write('text', 'no certificate');
    await expect(start(folder, { ...one, certFile: text })).rejects.toThrow('both must be PEM');
  });
});
