import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConsoleAttachment, SharedConsole, withoutRepeat } from '../../qemu/console-attachment.ts';

const signal = AbortSignal.timeout(20_000);

/** qemu's end of a console: prints to its log and to whoever is connected, and keeps what is typed. */
async function fakeConsole() {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  const files = { console: join(folder, 'console.log'), consoleSocket: join(folder, 'console.sock') };
  const clients: Socket[] = [];
  let typed = '';
  let connections = 0;
  const server = createServer(client => {
    connections += 1;
    clients.push(client);
    client.on('error', () => {});
    client.on('data', data => {
      typed += data.toString();
    });
    client.on('close', () => clients.splice(clients.indexOf(client), 1));
  });
  server.listen(files.consoleSocket);
  await once(server, 'listening');
  writeFileSync(files.console, '');
  return {
    files,
    print: (text: string) => {
      appendFileSync(files.console, text);
      for (const client of clients) client.write(text);
    },
    typed: () => typed,
    connections: () => connections,
    clients: () => clients.length,
    end: () => {
      for (const client of clients) client.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy();
      await new Promise(resolve => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function takeText(attachment: ConsoleAttachment): Promise<string | undefined> {
  return (await attachment.take())?.data.toString();
}

describe('SharedConsole', () => {
  it('shows what was printed last, then what is printed, and types', async () => {
    await using qemu = await fakeConsole();
    qemu.print('login: ');
    const attachment = await new SharedConsole(qemu.files).attach(signal);
    expect(attachment.recent.toString()).toBe('login: ');
    qemu.print('alice\r\n');
    expect(await takeText(attachment)).toBe('alice\r\n');
    expect(attachment.write(Buffer.from('ls\r'))).toBe(true);
    await expect.poll(qemu.typed).toBe('ls\r');
    attachment.close();
    await expect.poll(qemu.clients).toBe(0);
  });

  it('shares one connection between users, and hangs up after the last', async () => {
    await using qemu = await fakeConsole();
    const shared = new SharedConsole(qemu.files);
    const [first, second] = await Promise.all([shared.attach(signal), shared.attach(signal)]);
    expect([qemu.connections(), shared.users]).toEqual([1, 2]);
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
    await using qemu = await fakeConsole();
    const attachment = await new SharedConsole(qemu.files).attach(signal);
    const [client] = [qemu];
    for (let sent = 0; sent < 3; sent += 1) client.print('x'.repeat(1024 * 1024));
    client.print('end');
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
    await using qemu = await fakeConsole();
    const attachment = await new SharedConsole(qemu.files).attach(signal);
    qemu.end();
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
