import { describe, expect, it } from 'vitest';
import { readRecordedBoot } from '../boot/recorded-boot.ts';
import {
  ALLOC,
  bootRegistered,
  IDENTITY,
  LIFE,
  type RegisteringServer,
  register,
  withServer,
} from '../registration/registering-server.ts';
import { replayBoot, startObservingServer } from './observing-server.ts';

/** Of everything that is not ready, whatever it is. */
const NOT_READY = {
  status: 503,
  text: 'not ready, or not known; "nomad-vm list" on the seed server\'s host says why\n',
};

async function ask(server: Pick<RegisteringServer, 'get'>, path: string) {
  const answer = await server.get(`/-/ready/${path}`, 'Nomad');
  return { status: answer.status, text: await answer.text() };
}

describe('GET /-/ready/<seed>', () => {
  it('is 503 until the boot of the seed has ended, then 200', async () => {
    await using server = await startObservingServer(['lab/vm1', '.']);
    expect(await ask(server, 'lab/vm1')).toEqual(NOT_READY);
    await server.get('/lab/vm1/meta-data');
    expect(await ask(server, 'lab/vm1')).toEqual(NOT_READY);
    await replayBoot(server, 'lab/vm1', readRecordedBoot('trixie-25.1.4'));
    expect(await ask(server, 'lab/vm1/')).toEqual({ status: 200, text: 'ready\n' });
    expect(await ask(server, '')).toEqual(NOT_READY);
    await replayBoot(server, '.', readRecordedBoot('trixie-25.1.4'));
    expect((await ask(server, '')).status).toBe(200);
  });

  it('is 503 when a step has failed', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', readRecordedBoot('bookworm-22.4.2'));
    expect(await ask(server, 'vm1')).toEqual(NOT_READY);
  });

  it('says the same of what is not ready and what nobody knows, and keeps the log quiet', async () => {
    await using server = await startObservingServer(['vm1']);
    await server.get('/vm1/meta-data');
    const logged = server.log.lines().length;
    expect(await ask(server, 'none')).toEqual(await ask(server, 'vm1'));
    expect((await ask(server, '%2e%2e%2Fetc%2Fpasswd')).status).toBe(503);
    expect(server.log.lines()).toHaveLength(logged);
    expect(await (await server.admin('/metrics')).text()).not.toMatch(/requests_total.*503/);
  });
});

describe('GET /-/ready/-/<identity>', () => {
  it('follows one registered VM, and the seed follows all that have it', () =>
    withServer(async server => {
      const first = await register(server);
      expect(await ask(server, `-/${IDENTITY}`)).toEqual(NOT_READY);
      await bootRegistered(server, first.seed_path, 'trixie-25.1.4');
      expect((await ask(server, `-/${IDENTITY}`)).status).toBe(200);
      expect((await ask(server, 'alice')).status).toBe(200);
      const second = await register(server, { index: 1 }, 'default/a%2Fb/vm/vm/1');
      expect(await ask(server, 'alice')).toEqual(NOT_READY);
      expect(await ask(server, '-/default/a%252Fb/vm/vm/1')).toEqual(NOT_READY);
      await bootRegistered(server, second.seed_path, 'trixie-25.1.4');
      expect((await ask(server, 'alice')).status).toBe(200);
      expect((await ask(server, '-/default/a%252Fb/vm/vm/1')).status).toBe(200);
      // Boots of another allocation are not this one's.
      await register(server, { alloc_id: 'another' });
      expect((await ask(server, `-/${IDENTITY}`)).status).toBe(503);
      await server.api.deregister(IDENTITY, 'another', LIFE);
      expect(await ask(server, `-/${IDENTITY}`)).toEqual(NOT_READY);
      expect((await ask(server, 'alice')).status).toBe(200);
      await server.api.deregister('default/a%2Fb/vm/vm/1', ALLOC, LIFE);
      expect(await ask(server, 'alice')).toEqual(NOT_READY);
    }));
});
