import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GuestAgent } from '../../qemu/guest-agent.ts';
import { parseGuestInterfaces } from '../../qemu/guest-interfaces.ts';
import { FakeGuestAgent } from '../fakes/guest-agent.ts';

const signal = AbortSignal.timeout(20_000);

describe('GuestAgent', () => {
  it('pings', async () => {
    await using fake = await FakeGuestAgent.listen();
    await new GuestAgent(fake.path).ping({ signal });
    expect(fake.commands).toEqual(['guest-ping']);
  });

  it('drops stale answers and garbage before its own', async () => {
    const stale = Buffer.concat([
      Buffer.from('{"return": "stale"}\n\xff\xfe half a line\n{"return"'),
      Buffer.from([0xff, 0x0a, 0xff]),
      Buffer.from('{"return": 1}\n[]\n"return"\n{"event": "x"}\n'),
    ]);
    await using fake = await FakeGuestAgent.listen({ stale, answer: () => ({ return: [] }) });
    expect(await new GuestAgent(fake.path).networkInterfaces({ signal })).toEqual([]);
  });

  it('survives any bytes a guest may have sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
        await using fake = await FakeGuestAgent.listen({ stale: Buffer.concat([bytes, Buffer.from('\n')]) });
        await new GuestAgent(fake.path).ping({ signal });
      }),
      { numRuns: 50 },
    );
  });

  it('never sends a command to an agent that has not answered', async () => {
    await using fake = await FakeGuestAgent.listen({ isSilent: true });
    await expect(new GuestAgent(fake.path).shutdown({ timeoutMs: 20 })).rejects.toMatchObject({
      code: 'agent-failed',
      message: expect.stringContaining('install and start qemu-guest-agent'),
    });
    expect(fake.commands).toEqual([]);
  });

  it("passes the reason of the caller's signal on", async () => {
    await using fake = await FakeGuestAgent.listen({ isSilent: true });
    const controller = new AbortController();
    const pinging = new GuestAgent(fake.path).ping({ signal: controller.signal });
    controller.abort(new Error('stopping'));
    await expect(pinging).rejects.toThrow('stopping');
  });

  it('tells that there is no socket', async () => {
    const ping = new GuestAgent('/nonexistent/agent.sock').ping({ signal });
    await expect(ping).rejects.toMatchObject({
      code: 'agent-failed',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('serialises calls, and shares the socket with another GuestAgent', async () => {
    await using fake = await FakeGuestAgent.listen();
    const agents = [new GuestAgent(fake.path), new GuestAgent(fake.path)];
    await Promise.all(
      agents.flatMap(agent => [agent.ping({ signal }), agent.ping({ signal }), agent.ping({ signal })]),
    );
    expect(fake.commands).toHaveLength(6);
  });

  it('goes on after a call that failed', async () => {
    const error = { class: 'GenericError', desc: 'no' };
    await using fake = await FakeGuestAgent.listen({
      answer: command => (command === 'guest-network-get-interfaces' ? { error } : { return: {} }),
    });
    const agent = new GuestAgent(fake.path);
    await expect(agent.networkInterfaces({ signal })).rejects.toMatchObject({
      message: 'Cannot run guest agent command "guest-network-get-interfaces": no',
    });
    await agent.ping({ signal });
  });
});

describe('GuestAgent.shutdown()', () => {
  it('takes silence for consent', async () => {
    await using fake = await FakeGuestAgent.listen();
    await new GuestAgent(fake.path).shutdown({ signal });
    expect(fake.commands).toEqual(['guest-shutdown']);
  });

  it('takes a line that closes after the order for consent: a guest that is quick takes qemu with it', async () => {
    await using fake = await FakeGuestAgent.listen({ answer: () => 'hang-up' });
    await new GuestAgent(fake.path).shutdown({ signal });
    expect(fake.commands).toEqual(['guest-shutdown']);
  });

  it('goes ahead of questions that the agent does not answer, and gives them up', async () => {
    await using fake = await FakeGuestAgent.listen();
    const agent = new GuestAgent(fake.path);
    const questions = [1, 2].map(() => agent.networkInterfaces({ signal, timeoutMs: 15_000 }));
    const given = Promise.allSettled(questions);
    await agent.shutdown({ signal: AbortSignal.timeout(4_000) });
    expect(fake.commands).toEqual(['guest-network-get-interfaces', 'guest-shutdown']);
    for (const question of await given) {
      expect(question).toMatchObject({
        reason: { message: 'Cannot wait for the guest agent: its guest is told to shut down' },
      });
    }
    await agent.ping({ signal });
  });

  it('waits for its turn when the agent is well', async () => {
    await using fake = await FakeGuestAgent.listen({
      answer: command => (command === 'guest-shutdown' ? undefined : { return: [] }),
    });
    const agent = new GuestAgent(fake.path);
    const question = agent.networkInterfaces({ signal });
    await agent.shutdown({ signal });
    expect(await question).toEqual([]);
  });

  it('tells a refusal', async () => {
    const error = { class: 'CommandNotFound', desc: 'Command guest-shutdown has been disabled' };
    await using fake = await FakeGuestAgent.listen({ answer: () => ({ error }) });
    await expect(new GuestAgent(fake.path).shutdown({ signal })).rejects.toThrow(
      "has been disabled; allow it in the guest's qemu-guest-agent settings",
    );
  });
});

describe('GuestAgent.exec()', () => {
  it('waits for the end and gives both streams', async () => {
    let polls = 0;
    const seen: unknown[] = [];
    await using fake = await FakeGuestAgent.listen({
      answer: (command, args) => {
        if (command === 'guest-exec') {
          seen.push(args);
          return { return: { pid: 42 } };
        }
        polls += 1;
        const done = { exited: true, exitcode: 7, 'out-data': btoa('out'), 'err-data': btoa('err') };
        return { return: polls < 25 ? { exited: false } : done };
      },
    });
    const agent = new GuestAgent(fake.path);
    const input = Buffer.from('in');
    const result = await agent.exec({ path: 'sh', args: ['-c', 'x'], env: ['A=b'], input }, { signal });
    expect(result).toEqual({
      exitCode: 7,
      stdout: Buffer.from('out'),
      stderr: Buffer.from('err'),
      isTruncated: false,
    });
    expect(seen).toEqual([
      { path: 'sh', arg: ['-c', 'x'], 'capture-output': true, env: ['A=b'], 'input-data': btoa('in') },
    ]);
  });

  it('counts a signal as the shell does', async () => {
    await using fake = await FakeGuestAgent.listen({
      answer: command =>
        command === 'guest-exec'
          ? { return: { pid: 1 } }
          : { return: { exited: true, signal: 9, 'out-truncated': true } },
    });
    const result = await new GuestAgent(fake.path).exec({ path: 'x', args: [] }, { signal });
    expect(result).toMatchObject({ exitCode: 137, isTruncated: true });
  });
});

describe('parseGuestInterfaces()', () => {
  it('reads what the agent tells', () => {
    const address = { 'ip-address-type': 'ipv4', 'ip-address': '192.0.2.7', prefix: 24 };
    const nic = {
      name: 'ens3',
      'hardware-address': '52:54:84:BA:49:01',
      'ip-addresses': [address, { prefix: 1 }],
    };
    expect(parseGuestInterfaces([nic, { name: 'x' }, 'y'])).toEqual([
      {
        name: 'ens3',
        macAddress: '52:54:84:ba:49:01',
        addresses: [{ address: '192.0.2.7', family: 4, prefixLength: 24 }],
      },
      { name: 'x', macAddress: undefined, addresses: [] },
    ]);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(parseGuestInterfaces(value)).toBeInstanceOf(Array);
      }),
    );
  });
});
