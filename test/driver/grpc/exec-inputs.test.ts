import { describe, expect, it } from 'vitest';
import { readExecInputs } from '../../../driver/grpc/exec-inputs.ts';

const never = new AbortController().signal;

async function* messages(...list: readonly object[]): AsyncGenerator<unknown, void> {
  yield* list;
}

async function* silence(): AsyncGenerator<unknown, void> {
  yield { stdin: { data: Buffer.from('x'), close: false }, tty_size: null };
  await Promise.withResolvers<never>().promise;
}

describe('readExecInputs()', () => {
  it('reads input, its end and sizes, and skips heartbeats', async () => {
    const list = messages(
      { stdin: null, tty_size: null },
      { stdin: { data: Buffer.from('a'), close: false }, tty_size: { height: 24, width: 80 } },
      { stdin: { data: Buffer.from('b'), close: true }, tty_size: null },
    );
    const inputs = await Array.fromAsync(readExecInputs(list, 1_000, never));
    expect(inputs.slice(0, -1)).toEqual([
      { kind: 'size', rows: 24, columns: 80 },
      { kind: 'stdin', data: Buffer.from('a') },
      { kind: 'stdin', data: Buffer.from('b') },
      { kind: 'stdin-end' },
    ]);
  });

  it('takes the end of the messages for the end of the input', async () => {
    expect(await Array.fromAsync(readExecInputs(messages(), 1_000, never))).toEqual([{ kind: 'stdin-end' }]);
  });

  it('takes silence for leaving', async () => {
    const inputs = readExecInputs(silence(), 20, never);
    expect((await inputs.next()).value).toMatchObject({ kind: 'stdin' });
    await expect(inputs.next()).rejects.toThrow('Nothing was heard of the user for 20 ms');
  });

  it('ends with its signal', async () => {
    const leaving = new AbortController();
    const inputs = readExecInputs(silence(), 20_000, leaving.signal);
    await inputs.next();
    const waiting = inputs.next();
    leaving.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });
});
