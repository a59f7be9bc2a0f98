import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectQmp, QmpCommandError, type QmpEvent } from '../../qemu/qmp-connection.ts';
import { answerEmpty, FakeQmpServer, type QmpCommand } from '../fakes/qmp-server.ts';

const signal = AbortSignal.timeout(20_000);

async function collect(events: AsyncIterable<QmpEvent, void>): Promise<readonly QmpEvent[]> {
  const all: QmpEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('connectQmp()', () => {
  it('negotiates before anything else', async () => {
    await using server = await FakeQmpServer.listen();
    const qmp = await connectQmp(server.path, { signal });
    await qmp.execute('query-status');
    expect(server.commands.map(command => command.execute)).toEqual(['qmp_capabilities', 'query-status']);
    qmp.close();
    expect(await qmp.closed).toBeUndefined();
  });

  it('gives up on a qemu that talks with somebody else', async () => {
    await using silent = await FakeQmpServer.listen(answerEmpty, '');
    await expect(connectQmp(silent.path, { signal, timeoutMs: 30 })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('passes the reason of its signal on', async () => {
    await using server = await FakeQmpServer.listen(answerEmpty, '');
    const controller = new AbortController();
    const connecting = connectQmp(server.path, { signal: controller.signal });
    controller.abort(new Error('stopping'));
    await expect(connecting).rejects.toThrow('stopping');
    await expect(connectQmp(server.path, { signal: controller.signal })).rejects.toThrow('stopping');
  });

  it('tells that there is no socket', async () => {
    await expect(connectQmp('/nonexistent/qmp.sock', { signal })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n', '[]\n', '{"QMP":1\n', 'x'.repeat(2 * 1024 * 1024)])(
    'refuses a server that is not qemu (%#)',
    async garbage => {
      await using server = await FakeQmpServer.listen(answerEmpty, garbage);
      await expect(connectQmp(server.path, { signal })).rejects.toMatchObject({ code: 'qmp-failed' });
    },
  );
});

describe('QmpConnection.execute()', () => {
  it('keeps answers apart that come in any order', async () => {
    const held: QmpCommand[] = [];
    await using server = await FakeQmpServer.listen(command => {
      held.push(command);
      return held.length < 50
        ? []
        : held.toReversed().map(({ id, arguments: { n } }) => ({ return: { n }, id }));
    });
    const qmp = await connectQmp(server.path, { signal });
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    const answers = await Promise.all(numbers.map(n => qmp.execute('echo', { n }, { signal })));
    expect(answers).toEqual(numbers.map(n => ({ n })));
    qmp.close();
  });

  it("carries qemu's error class and words", async () => {
    const error = { class: 'DeviceNotFound', desc: "Device 'x' not found" };
    await using server = await FakeQmpServer.listen(({ id }) => [{ error, id }]);
    const qmp = await connectQmp(server.path, { signal });
    const failure = await qmp.execute('balloon').catch((caught: unknown) => caught);
    expect(failure).toBeInstanceOf(QmpCommandError);
    expect(failure).toMatchObject({ code: 'qmp-failed', errorClass: error.class, description: error.desc });
    expect(failure).toMatchObject({
      message: `Cannot run QMP command "balloon": DeviceNotFound: ${error.desc}`,
    });
    qmp.close();
  });

  it('gives up on a stalled command and ignores its late answer', async () => {
    const late: unknown[] = [];
    await using server = await FakeQmpServer.listen(command => {
      if (command.execute !== 'stall') return [...late, ...answerEmpty(command)];
      late.push({ return: 'late', id: command.id });
      return [];
    });
    const qmp = await connectQmp(server.path, { signal });
    await expect(qmp.execute('stall', {}, { timeoutMs: 10 })).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(qmp.execute('next', {}, { signal })).resolves.toEqual({});
    qmp.close();
  });

  it('rejects what is under way when qemu goes away', async () => {
    await using server = await FakeQmpServer.listen((_command, client) => {
      client.destroy();
      return [];
    });
    const qmp = await connectQmp(server.path, { signal });
    const closed = { code: 'qmp-closed', message: expect.stringContaining('"quit"') };
    await expect(qmp.execute('quit')).rejects.toMatchObject(closed);
    await expect(qmp.execute('quit')).rejects.toMatchObject(closed);
    expect(await qmp.closed).toBeUndefined();
  });

  it.each(['garbage\n', '{"return":{}', '"text"\n', '{"unknown":1}\n', '\n'])(
    'closes on garbage: %j',
    async garbage => {
      await using server = await FakeQmpServer.listen(() => [garbage, '\n']);
      const qmp = await connectQmp(server.path, { signal });
      await expect(qmp.execute('query-status')).rejects.toMatchObject({ code: 'qmp-closed' });
      expect(await qmp.closed).toMatchObject({ code: 'qmp-failed' });
    },
  );
});

describe('QmpConnection.events()', () => {
  it('hands every event to every consumer, also between answers, and ends with the connection', async () => {
    const timestamp = { seconds: 1, microseconds: 500_000 };
    await using server = await FakeQmpServer.listen(command => [
      { event: 'STOP', timestamp },
      ...answerEmpty(command),
      { event: 'SHUTDOWN', data: { reason: 'guest-shutdown' }, timestamp },
    ]);
    const qmp = await connectQmp(server.path, { signal });
    const consumers = [collect(qmp.events()), collect(qmp.events())];
    await qmp.execute('system_powerdown');
    await qmp.execute('again');
    server.hangUp();
    const at = new Date(1500);
    const pair = [
      { event: 'STOP', data: {}, at },
      { event: 'SHUTDOWN', data: { reason: 'guest-shutdown' }, at },
    ];
    expect(await Promise.all(consumers)).toEqual([
      [...pair, ...pair],
      [...pair, ...pair],
    ]);
    expect(await collect(qmp.events())).toEqual([]);
  });

  it('bounds what a flood of events may hold, and keeps the last', async () => {
    await using server = await FakeQmpServer.listen();
    const qmp = await connectQmp(server.path, { signal });
    const slow = qmp.events();
    server.send(...Array.from({ length: 20_000 }, (_, n) => ({ event: 'RTC_CHANGE', data: { n } })));
    server.send({ event: 'SHUTDOWN' });
    await qmp.execute('query-status', {}, { signal });
    await turn();
    qmp.close();
    await qmp.closed;
    const events = await collect(slow);
    expect(events).toHaveLength(1000);
    expect(events.at(-1)?.event).toBe('SHUTDOWN');
  });

  it('forgets a consumer that leaves early', async () => {
    await using server = await FakeQmpServer.listen();
    const qmp = await connectQmp(server.path, { signal });
    const events = qmp.events();
    server.send({ event: 'STOP' }, { event: 'RESUME' });
    for await (const { event } of events) {
      expect(event).toBe('STOP');
      break;
    }
    expect(await collect(events)).toEqual([]);
    qmp.close();
  });
});
