import { describe, expect, it } from 'vitest';
import { type ConsoleAttachment, SharedConsole, withoutRepeat } from '../../qemu/console-attachment.ts';
import { FakeSerialConsole } from '../fakes/serial-console.ts';

const signal = AbortSignal.timeout(20_000);

async function takeText(attachment: ConsoleAttachment): Promise<string | undefined> {
  return (await attachment.take())?.data.toString();
}

describe('SharedConsole', () => {
  it('shows what was printed last, then what is printed, and types', async () => {
    await using qemu = await FakeSerialConsole.listen();
    qemu.print('login: ');
    const attachment = await new SharedConsole(qemu.files).attach(signal);
    expect(attachment.recent.toString()).toBe('login: ');
    qemu.print('alice\r\n');
    expect(await takeText(attachment)).toBe('alice\r\n');
    expect(attachment.write(Buffer.from('ls\r'))).toBe(true);
    await expect.poll(() => qemu.typed).toBe('ls\r');
    attachment.close();
    await expect.poll(() => qemu.clients.size).toBe(0);
  });

  it('shares one connection between users, and hangs up after the last', async () => {
    await using qemu = await FakeSerialConsole.listen();
    const shared = new SharedConsole(qemu.files);
    const [first, second] = await Promise.all([shared.attach(signal), shared.attach(signal)]);
    expect([qemu.connections, shared.users]).toEqual([1, 2]);
    qemu.print('both');
    expect(await Promise.all([takeText(first), takeText(second)])).toEqual(['both', 'both']);
    first.close();
    expect(await first.take()).toBeUndefined();
    qemu.print('one');
    expect(await takeText(second)).toBe('one');
    second.close();
    const third = await shared.attach(signal);
    qemu.print('again');
    expect(await takeText(third)).toBe('again');
    expect(shared.users).toBe(1);
    third.close();
  });

  it('always reads: a user who takes nothing loses the oldest and is told how much', async () => {
    await using qemu = await FakeSerialConsole.listen();
    const attachment = await new SharedConsole(qemu.files).attach(signal);
    for (let sent = 0; sent < 3; sent += 1) qemu.print('x'.repeat(1024 * 1024));
    qemu.print('end');
    let seen = 0;
    let dropped = 0;
    let last = '';
    while (!last.endsWith('end')) {
      const taken = await attachment.take();
      if (taken === undefined) break;
      seen += taken.data.length;
      dropped += taken.droppedBytes;
      last = taken.data.subarray(-3).toString();
    }
    expect(seen + dropped).toBe(3 * 1024 * 1024 + 3);
    attachment.close();
  });

  it('ends with the VM', async () => {
    await using qemu = await FakeSerialConsole.listen();
    const attachment = await new SharedConsole(qemu.files).attach(signal);
    qemu.hangUp();
    expect(await attachment.take()).toBeUndefined();
    expect(attachment.write(Buffer.from('x'))).toBe(false);
  });

  it('tells that there is no console', async () => {
    const shared = new SharedConsole({ console: '/nonexistent/log', consoleSocket: '/nonexistent/sock' });
    await expect(shared.attach(signal)).rejects.toMatchObject({
      code: 'console-failed',
      message: expect.stringContaining('ENOENT'),
    });
    expect(shared.users).toBe(0);
  });
});

describe('withoutRepeat()', () => {
  it.each([
    ['prompt$ ', '', 'prompt$ '],
    ['prompt$ ', '$ ', 'prompt'],
    ['prompt$ ', '$ ls', 'prompt'],
    ['prompt$ ', 'ls', 'prompt$ '],
    ['ab', 'abc', ''],
  ])('%j followed by %j leaves %j', (recent, live, left) => {
    expect(withoutRepeat(Buffer.from(recent), Buffer.from(live)).toString()).toBe(left);
  });
});
