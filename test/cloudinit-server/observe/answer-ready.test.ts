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

async function ask(server: Pick<RegisteringServer, 'get'>, path: string) {
  const answer = await server.get(`/-/ready/${path}`, 'Nomad');
  return { status: answer.status, text: await answer.text() };
}

describe('GET /-/ready/<seed>', () => {
  it('is 503 with one line until the boot of the seed has ended, then 200', async () => {
    await using server = await startObservingServer(['lab/vm1', '.']);
    expect(await ask(server, 'lab/vm1')).toEqual({ status: 503, text: 'nothing was heard of it yet\n' });
    await server.get('/lab/vm1/meta-data');
    expect(await ask(server, 'lab/vm1')).toEqual({
      status: 503,
      text: 'lab/vm1: booting, at stage "meta-data"\n',
    });
    await replayBoot(server, 'lab/vm1', readRecordedBoot('trixie-25.1.4'));
    expect(await ask(server, 'lab/vm1/')).toEqual({ status: 200, text: 'ready\n' });
    await server.get('/meta-data');
    expect((await ask(server, '')).text).toContain('meta-data');
  });

  it('names the step that failed', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', readRecordedBoot('bookworm-22.4.2'));
    expect(await ask(server, 'vm1')).toMatchObject({
      status: 503,
      text: expect.stringMatching(
        /^vm1: failed, at stage "ready": step "modules-config\/config-locale" failed.*\n$/,
      ),
    });
  });

  it('is no way to find out what seeds there are, and keeps the log quiet', async () => {
    await using server = await startObservingServer(['vm1']);
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
      expect(await ask(server, `-/${IDENTITY}`)).toEqual({
        status: 503,
        text: `${IDENTITY}: nothing was heard of it yet\n`,
      });
      await bootRegistered(server, first.seed_path, 'trixie-25.1.4');
      expect((await ask(server, `-/${IDENTITY}`)).status).toBe(200);
      expect((await ask(server, 'alice')).status).toBe(200);
      await register(server, { index: 1 }, 'default/a%2Fb/vm/vm/1');
      expect((await ask(server, 'alice')).text).toContain(
        'default/a%2Fb/vm/vm/1: nothing was heard of it yet',
      );
      expect((await ask(server, '-/default/a%252Fb/vm/vm/1')).text).toContain('nothing was heard');
      // Boots of another allocation are not this one's.
      await register(server, { alloc_id: 'another' });
      expect((await ask(server, `-/${IDENTITY}`)).status).toBe(503);
      await server.api.deregister(IDENTITY, 'another', LIFE);
      expect((await ask(server, `-/${IDENTITY}`)).text).toContain('its driver has taken it off');
      await server.api.deregister('default/a%2Fb/vm/vm/1', ALLOC, LIFE);
      expect((await ask(server, 'alice')).text).toBe('nothing was heard of it yet\n');
    }));
});
