import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  type ObservingServer,
  readVms,
  startObservingServer,
} from '../../cloudinit-server/observe/observing-server.ts';
import { openCli } from '../cli-harness.ts';

/** A server that knows a VM whose folder is gone. */
async function open(): Promise<ObservingServer> {
  const server = await startObservingServer(['vm1']);
  await server.reportPaths('vm1');
  await rm(`${server.folder.path}/seeds/vm1`, { recursive: true });
  return server;
}

function login(server: ObservingServer): readonly string[] {
  return ['--server', server.adminUrl, '--token-file', server.tokenFile];
}

describe('forget', () => {
  it.each([
    ['y', 0, 0],
    ['', 1, 1],
  ])('says what it will do, and does it only when it is told to: "%s"', async (typed, code, left) => {
    await using server = await open();
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return typed;
    };
    await using cli = await openCli({ ask });
    const { out, ...rest } = await cli.run('forget', 'vm1', ...login(server));
    expect([rest.code, rest.err]).toEqual([code, '']);
    expect(questions).toEqual(['Forget "vm1"? [y/N] ']);
    expect(out).toMatch(/^vm1: what forgetting it does:\n- its boots, host keys and reports/);
    expect(out).toMatch(left === 0 ? /\nvm1: forgotten\n$/ : /\nnothing was changed\n$/);
    expect(await readVms(server)).toHaveLength(left);
  });

  it('only tells with --json, and does it with --yes', async () => {
    await using server = await open();
    await using cli = await openCli();
    const told = await cli.run('forget', 'vm1', '--json', ...login(server));
    expect(JSON.parse(told.out)).toMatchObject({ forgotten: false, vm: 'vm1' });
    expect(await readVms(server)).toHaveLength(1);
    const done = await cli.run('forget', 'vm1', '--json', '--yes', ...login(server));
    expect(JSON.parse(done.out)).toMatchObject({ forgotten: true, vm: 'vm1' });
    expect(await cli.run('forget', 'vm1', ...login(server))).toMatchObject({
      code: 1,
      err: expect.stringContaining('Cannot forget "vm1": no VM is known by "vm1"'),
    });
  });
});
