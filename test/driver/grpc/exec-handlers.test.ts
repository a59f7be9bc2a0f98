import { describe, expect, it } from 'vitest';
import { SharedConsole } from '../../../qemu/console-attachment.ts';
import { GuestAgent } from '../../../qemu/guest-agent.ts';
import { FakeGuest } from '../../fakes/guest.ts';
import { FakeGuestAgent } from '../../fakes/guest-agent.ts';
import { FakeSerialConsole } from '../../fakes/serial-console.ts';
import { type Conversation, ExecWire } from './exec-wire.ts';

const CLOSING = ['stdout closed', 'stderr closed'];

function withAgent({ agent }: FakeGuest) {
  return { guestAgent: new GuestAgent(agent.path) };
}

describe('ExecTaskStreaming', () => {
  it('gives output, the end of both streams, the exit code, and then ends', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(['sh', '-c', 'echo out; exit 43']);
    await user.ended;
    expect(user.heard).toEqual(['stdout:out\n', ...CLOSING, 'exited 43']);
  });

  it('gives stderr apart', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(['sh', '-c', 'echo err >&2']);
    await user.ended;
    expect(user.heard).toEqual(['stderr:err\n', ...CLOSING, 'exited 0']);
  });

  it('gives output while the command runs, and passes input, past heartbeats', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(['sh', '-c', 'echo first; cat; echo last']);
    await expect.poll(() => user.text('stdout')).toBe('first\n');
    user.send({});
    user.type('from ');
    user.type('stdin\n');
    await expect.poll(() => user.text('stdout')).toBe('first\nfrom stdin\n');
    user.send({});
    user.closeInput();
    await user.ended;
    expect(user.text('stdout')).toBe('first\nfrom stdin\nlast\n');
  });

  it('has no terminal for "stty size" to measure', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(['stty', 'size']);
    user.closeInput();
    await user.ended;
    expect(user.text('stderr')).toContain('stty');
    expect(user.heard.at(-1)).toBe('exited 1');
  });

  it('returns when the lead process ends, whoever keeps the input open', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(['true']);
    await user.ended;
    expect(user.heard).toEqual([...CLOSING, 'exited 0']);
  });

  it('ends the command when the user leaves', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(['sh', '-c', 'echo $$; exec sleep 1000']);
    await expect.poll(() => user.text('stdout')).toMatch(/^\d+\n$/);
    const pid = Number(user.text('stdout'));
    expect(process.kill(pid, 0)).toBe(true);
    user.cancel();
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
    await expect.poll(() => guest.leftovers(), { timeout: 5_000 }).toEqual([]);
  });

  it('runs a command in one piece where the agent may not touch files', async () => {
    await using guest = await FakeGuest.start(['guest-file-open']);
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(['sh', '-c', 'cat; echo err >&2; exit 7']);
    user.type('input\n');
    user.closeInput();
    await user.ended;
    expect(user.heard).toEqual(['stdout:input\n', 'stderr:err\n', ...CLOSING, 'exited 7']);
  });

  it('tells that no agent answers, and what to do', async () => {
    await using silent = await FakeGuestAgent.listen({ isSilent: true });
    await using wire = await ExecWire.serve({ guestAgent: new GuestAgent(silent.path) });
    expect(await refusal(wire.exec(['id']))).toContain(
      'no guest agent answers in this VM; install qemu-guest-agent',
    );
    expect(silent.commands).toEqual([]);
  });

  it('knows from qemu that nobody has opened the port', async () => {
    await using silent = await FakeGuestAgent.listen({ isSilent: true });
    const query = async () => [{ label: 'agent', 'frontend-open': false }];
    await using wire = await ExecWire.serve({ guestAgent: new GuestAgent(silent.path), query });
    expect(await refusal(wire.exec(['id']))).toContain('no guest agent answers');
    expect(silent.clients).toBe(0);
  });

  it.each([
    ['guest_agent = false', ['id'], false, { hasGuestAgent: false }],
    ['nomad alloc exec -i -t ALLOC console', ['console'], false, {}],
    ['none was given', [], false, {}],
  ])('refuses with %j', async (advice, command, tty, options) => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest), options);
    expect(await refusal(wire.exec(command, tty))).toContain(advice);
    expect(guest.agent.commands).toEqual([]);
  });

  it('explains a blocked guest-exec', async () => {
    await using guest = await FakeGuest.start(['guest-exec']);
    await using wire = await ExecWire.serve(withAgent(guest));
    expect(await refusal(wire.exec(['id']))).toContain('/etc/sysconfig/qemu-ga');
  });

  it('refuses a VM that has ended', async () => {
    await using wire = await ExecWire.serve(undefined);
    expect(await refusal(wire.exec(['id']))).toContain('it has ended');
  });
});

describe('ExecTaskStreaming with a terminal', () => {
  it('has everything on stdout, with the line ends of a terminal', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(
      ['sh', '-c', 'echo out; echo err >&2; test -t 0 && test -t 1; exit $((43 + $?))'],
      true,
    );
    await user.ended;
    expect(user.heard.filter(line => !line.startsWith('stdout:'))).toEqual([...CLOSING, 'exited 43']);
    expect(user.text('stdout')).toBe('out\r\nerr\r\n');
    await expect.poll(() => guest.leftovers()).toEqual([]);
  });

  it('takes what is typed, and Ctrl-C', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(
      ['sh', '-c', 'trap "echo interrupted; exit 5" INT; read x; echo "got $x"; read y'],
      true,
    );
    user.type("it's\r");
    await expect.poll(() => user.text('stdout')).toContain("got it's\r\n");
    user.type('\x03');
    await user.ended;
    expect(user.text('stdout')).toContain('interrupted');
    expect(user.heard.at(-1)).toBe('exited 5');
  });

  it('has the size of the last resize', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const user = wire.exec(
      ['sh', '-c', 'until stty size | tee /dev/tty | grep -q "^100 100"; do sleep 0.1; done'],
      true,
    );
    user.send({ tty_size: { height: 40, width: 80 } });
    await expect.poll(() => user.text('stdout'), { timeout: 5_000 }).toContain('40 80');
    user.send({ tty_size: { height: 100, width: 100 } });
    await user.ended;
    expect(user.heard.at(-1)).toBe('exited 0');
  });

  it('is refused by name where the guest can make none', async () => {
    await using guest = await FakeGuest.start(['guest-file-open']);
    await using wire = await ExecWire.serve(withAgent(guest));
    expect(await refusal(wire.exec(['bash'], true))).toMatch(
      /Cannot give "bash" a terminal.*-t=false.*ssh.*console/,
    );
    expect(guest.agent.commands).toEqual(['guest-info']);
  });
});

describe('ExecTaskStreaming of "console"', () => {
  it('shows the prompt, types, and detaches by Ctrl-]', async () => {
    await using serial = await FakeSerialConsole.listen();
    await using wire = await ExecWire.serve({ console: new SharedConsole(serial.files) });
    serial.print('host login: ');
    const user = wire.exec(['console'], true);
    user.send({ tty_size: { height: 24, width: 80 } });
    await expect.poll(() => user.text('stdout')).toMatch(/detach with Ctrl-\]\]\r\nhost login: $/);
    user.type('alice\r');
    await expect.poll(() => serial.typed).toBe('alice\r');
    serial.print('\xffPassword:\r\n');
    await expect.poll(() => user.text('stdout')).toMatch(/Password:\r\n$/);
    user.type('secret\x1dnot typed');
    await user.ended;
    expect(serial.typed).toBe('alice\rsecret');
    expect(user.heard.slice(-4)).toEqual(['stdout:\r\n[detached]\r\n', ...CLOSING, 'exited 0']);
    expect(wire.notes).toEqual([
      'a user attached to the console; 1 attached now',
      'a user left the console; 0 attached now',
    ]);
    await expect.poll(() => serial.clients.size).toBe(0);
  });

  it('is shared by all who attach', async () => {
    await using serial = await FakeSerialConsole.listen();
    await using wire = await ExecWire.serve({ console: new SharedConsole(serial.files) });
    const users = [wire.exec(['console'], true), wire.exec(['console'], true)];
    for (const user of users) await expect.poll(() => user.text('stdout')).toContain('attached');
    await expect.poll(() => wire.notes.length).toBe(2);
    expect(users.map(user => user.text('stdout')).join()).toContain('1 more attached');
    serial.print('for all');
    for (const user of users) {
      await expect.poll(() => user.text('stdout')).toContain('for all');
      user.type('x');
    }
    await expect.poll(() => serial.typed).toBe('xx');
    expect(serial.connections).toBe(1);
  });

  it('ends with the VM', async () => {
    await using serial = await FakeSerialConsole.listen();
    await using wire = await ExecWire.serve({ console: new SharedConsole(serial.files) });
    const user = wire.exec(['console'], true);
    await expect.poll(() => user.text('stdout')).toContain('attached');
    serial.hangUp();
    await user.ended;
    expect(user.text('stdout')).toContain('[the VM has ended]');
  });

  it('lets go of the console when the user leaves without a word', async () => {
    await using serial = await FakeSerialConsole.listen();
    await using wire = await ExecWire.serve({ console: new SharedConsole(serial.files) });
    const user = wire.exec(['console'], true);
    await expect.poll(() => user.text('stdout')).toContain('attached');
    user.cancel();
    await expect.poll(() => serial.clients.size).toBe(0);
    expect(wire.notes).toContain('a user left the console; 0 attached now');
  });
});

describe('ExecTask', () => {
  it('gives output and exit code', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const reply = await wire.call('ExecTask', {
      command: ['sh', '-c', 'echo out; echo err >&2; exit 2'],
      timeout: { seconds: 10 },
    });
    expect(reply).toMatchObject({
      stdout: Buffer.from('out\n'),
      stderr: Buffer.from('err\n'),
      result: { exit_code: 2, signal: 0 },
    });
  });

  it('ends a command that takes too long, and says so where Nomad shows it', async () => {
    await using guest = await FakeGuest.start();
    await using wire = await ExecWire.serve(withAgent(guest));
    const reply = await wire.call('ExecTask', { command: ['sleep', '1000'], timeout: { nanos: 3e8 } });
    expect(reply).toMatchObject({
      stdout: Buffer.from('"sleep" was ended: it took longer than 300 ms\n'),
      result: { exit_code: 124 },
    });
    expect(guest.agent.commands.at(-1)).toBe('guest-exec');
  });
});

describe('SignalTask', () => {
  it.each([
    ['SIGTERM', 'system_powerdown'],
    ['SIGHUP', 'system_reset'],
    ['SIGSTOP', 'stop'],
    ['SIGCONT', 'cont'],
    ['SIGQUIT', 'inject-nmi'],
  ])('turns %s into %s, and writes it down', async (signal, command) => {
    const commands: string[] = [];
    await using wire = await ExecWire.serve({ command: async (name: string) => commands.push(name) });
    expect(await wire.call('SignalTask', { signal })).toEqual({});
    expect(commands).toEqual([command]);
    expect(wire.notes.join()).toContain(`${signal} was sent`);
  });

  it('switches a held guest on by SIGCONT', async () => {
    const commands: string[] = [];
    const vm = { command: async (name: string) => commands.push(name) };
    await using wire = await ExecWire.serve(vm, { isHeld: true });
    await wire.call('SignalTask', { signal: 'SIGCONT' });
    expect(commands).toEqual([]);
  });

  it('refuses other signals with the table, and a VM that has ended', async () => {
    await using wire = await ExecWire.serve(undefined);
    await expect(wire.call('SignalTask', { signal: 'SIGUSR2' })).rejects.toThrow('SIGHUP resets');
    await expect(wire.call('SignalTask', { signal: 'SIGHUP' })).rejects.toThrow('it has ended');
  });
});

/** What the user reads; a status of the call would be shown as "unexpected EOF". */
async function refusal(user: Conversation): Promise<string> {
  await user.ended;
  expect(user.heard.slice(1)).toEqual([...CLOSING, 'exited 125']);
  return user.text('stderr');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH
    return false;
  }
}
