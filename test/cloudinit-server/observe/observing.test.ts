import { rename } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createNeighbourTable } from '../../../cloudinit-server/registration/neighbour-table.ts';
import { RECORDED_BOOTS, readRecordedBoot } from '../boot/recorded-boot.ts';
import { readVm, readVms, replayBoot, startObservingServer } from './observing-server.ts';

const EVENT = '{"name":"init-network/config-ssh","event_type":"start","origin":"cloudinit","timestamp":1}';

describe('a server that observes', () => {
  it('gives guests a vendor-data that reports to where they fetched it', async () => {
    await using server = await startObservingServer(['lab/vm1']);
    const response = await server.get('/lab/vm1/vendor-data');
    const config = parse(await response.text());
    expect(config).toMatchObject({
      manual_cache_clean: true,
      reporting: { 'cloudinit-server': { type: 'webhook' } },
    });
    expect(config.reporting['cloudinit-server'].endpoint).toMatch(
      new RegExp(`^${server.url}/-/events/[\\w-]{22}$`),
    );
    expect(config.phone_home.url).toMatch(new RegExp(`^${server.url}/-/phone-home/[\\w-]{22}$`));
    expect((await server.get('/no/such/vendor-data')).status).toBe(404);
  });

  it('gives every VM a token of its own, the same at every request', async () => {
    await using server = await startObservingServer(['a', 'b']);
    const [first, again, other] = [
      await server.reportPaths('a'),
      await server.reportPaths('a'),
      await server.reportPaths('b'),
    ];
    expect(again).toEqual(first);
    expect(other.token).not.toBe(first.token);
  });

  it('reports to the public address where one is named, and lets guests fetch every time where that is wanted', async () => {
    await using server = await startObservingServer(['a'], {
      observing: { reseed: 'every-boot', publicUrl: 'https://seeds.example/x/' },
    });
    const config = parse(await (await server.get('/a/vendor-data')).text());
    expect(config).not.toHaveProperty('manual_cache_clean');
    expect(config.phone_home.url).toMatch(/^https:\/\/seeds\.example\/x\/-\/phone-home\//);
  });

  it('leaves everything as it is with observing off', async () => {
    await using server = await startObservingServer(['a'], { observing: undefined });
    expect(await (await server.get('/a/vendor-data')).text()).toBe('');
    expect((await server.post('/-/events/x', EVENT)).status).toBe(405);
    expect(await readVms(server)).toEqual([]);
  });

  it('says in the log why a guest will not report', async () => {
    await using server = await startObservingServer(['a']);
    await server.folder.write('seeds/a/vendor-data', '#!/bin/sh\n');
    expect(await (await server.get('/a/vendor-data')).text()).toBe('#!/bin/sh\n');
    expect(server.log.lines()).toContainEqual(
      expect.objectContaining({
        message: 'vendor-data left alone, guest not observed',
        reason: 'it is no "#cloud-config"',
      }),
    );
  });

  it.each(RECORDED_BOOTS)('follows the recorded guest %s to the end', async name => {
    await using server = await startObservingServer(['vm1']);
    const requests = readRecordedBoot(name);
    const statuses = await replayBoot(server, 'vm1', requests);
    expect(statuses).toEqual(requests.map(({ method }) => (method === 'GET' ? 200 : 204)));
    const vm = await readVm(server, 'vm1');
    const failed = name === 'bookworm-22.4.2';
    expect(vm).toMatchObject({
      seed: 'vm1',
      state: failed ? 'failed' : 'ready',
      stage: 'ready',
      address: '127.0.0.1',
    });
    expect(vm.boots).toHaveLength(1);
    expect(vm.boots[0]?.files.map(file => file.count)).toEqual(
      requests.filter(({ method }) => method === 'GET').map(() => 1),
    );
    expect(vm.boots[0]?.phoned_home).toBe(true);
    expect(vm.host_keys).toHaveLength(name === 'trixie-25.1.4' ? 3 : 0);
    const messages = server.log.lines().map(line => line['message']);
    expect(messages.filter(message => message !== 'seed file served')).toEqual(
      ['boot began', failed && 'cloud-init step failed', 'guest phoned home', 'guest ready'].filter(Boolean),
    );
  });

  it('puts on record who fetched a file, and what it was, by one look at the neighbours', async () => {
    let reads = 0;
    const readText = () => {
      reads += 1;
      return 'IP address HW type\n127.0.0.1  0x1  0x2  52:54:00:AA:00:05  *  br0\n';
    };
    const neighbours = createNeighbourTable({ readText, now: () => 0 });
    await using server = await startObservingServer(['a', 'b'], { neighbours });
    const files = ['network-config', 'meta-data', 'user-data', 'vendor-data'];
    for (const file of files) await server.get(`/a/${file}`, 'Cloud-Init/25.1.4');
    await server.get('/b/user-data');
    expect(reads).toBe(1);
    const fetched = (await readVm(server, 'a')).boots[0]?.files ?? [];
    expect(fetched.map(({ file }) => file)).toEqual(files);
    for (const one of fetched) {
      expect(one).toMatchObject({
        address: '127.0.0.1',
        mac_address: '52:54:00:aa:00:05',
        cloud_init: '25.1.4',
        content_id: one.bytes === 0 ? null : expect.stringMatching(/^[\da-f]{12}$/),
      });
    }
    const [, metaData, userData] = fetched;
    const [other] = (await readVm(server, 'b')).boots[0]?.files ?? [];
    expect(other).toMatchObject({ content_id: userData?.content_id, cloud_init: '22.4.2' });
    expect(metaData?.content_id).not.toBe(userData?.content_id);
  });

  it('takes people, the driver and other programs for no guests', async () => {
    await using server = await startObservingServer(['a']);
    await server.get('/a/meta-data', 'curl/8.0');
    await fetch(`${server.url}/a/user-data`, { method: 'HEAD', headers: { 'user-agent': 'Cloud-Init/1' } });
    expect(await readVms(server)).toEqual([]);
  });

  it('notes what it could not give to a VM that it knows, and knows no VM by that alone', async () => {
    await using server = await startObservingServer(['a']);
    await server.get('/a/meta-data');
    await rename(`${server.folder.path}/seeds`, `${server.folder.path}/away`);
    expect((await server.get('/a/user-data')).status).toBe(503);
    expect((await server.get('/made-up/user-data')).status).toBe(503);
    expect(await readVms(server)).toMatchObject([{ seed: 'a', stage: 'meta-data' }]);
    const [boot] = (await readVm(server, 'a')).boots;
    expect(boot?.files.map(({ status }) => status)).toEqual([200, 503]);
  });

  it('writes no token to its log, whatever is asked', async () => {
    await using server = await startObservingServer(['a']);
    const { events, phoneHome, token } = await server.reportPaths('a');
    await server.post(events, EVENT);
    await server.post(events, 'nonsense');
    await server.post(`/${events}`, EVENT);
    await server.post(`${events}/more`, EVENT);
    await server.get(events);
    await server.get(phoneHome);
    await fetch(`${server.url}${events}`, { method: 'PUT', body: 'x' });
    await server.post(`/-/events/${token}x`, EVENT);
    await server.post(phoneHome, `instance_id=${token}`);
    expect(server.log.text()).not.toContain(token);
    expect(JSON.stringify(await (await server.admin('/vms/a')).json())).not.toContain(token);
  });

  it.each([
    ['an unknown token', '/-/events/AAAAAAAAAAAAAAAAAAAAAA', EVENT, 404],
    ['no token', '/-/events/', EVENT, 404],
    ['a token and more', 'EVENTS/x', EVENT, 404],
    ['no event', 'EVENTS', '', 400],
    ['broken JSON', 'EVENTS', '{"name"', 400],
    ['another type of event', 'EVENTS', '{"name":"x","event_type":"explode"}', 400],
    ['control characters in a name', 'EVENTS', '{"name":"x\\u001b[2J","event_type":"start"}', 400],
    ['a prototype', 'EVENTS', '{"__proto__":{"name":"x"},"constructor":{}}', 400],
    ['far too much', 'EVENTS', 'x'.repeat(40_000), 413],
    ['far too much of a form', 'PHONE', 'x'.repeat(40_000), 413],
    ['a form without a key', 'PHONE', '%%%&&&===', 204],
  ])('answers %s', async (_name, path, body, status) => {
    await using server = await startObservingServer(['a']);
    const { events, phoneHome } = await server.reportPaths('a');
    const target = path.replace('EVENTS', events).replace('PHONE', phoneHome);
    expect((await server.post(target, body)).status).toBe(status);
    expect((await server.post(events, EVENT)).status).toBe(204);
  });

  it('survives whatever is posted', async () => {
    await using server = await startObservingServer(['a']);
    const { events, phoneHome } = await server.reportPaths('a');
    const path = fc.constantFrom(events, phoneHome, '/-/', '/-/events', '/a/user-data', '/');
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.string(),
        fc.constantFrom(undefined, 'application/json', 'text/plain', 'x/y'),
        async (target, body, type) => {
          const { status } = await server.post(target, body, type);
          expect([204, 400, 404, 405]).toContain(status);
        },
      ),
    );
    expect((await server.get('/a/user-data')).status).toBe(200);
  });
});
