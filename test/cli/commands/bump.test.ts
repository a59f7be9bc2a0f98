import { describe, expect, it } from 'vitest';
import {
  type ObservingServer,
  startObservingServer,
} from '../../cloudinit-server/observe/observing-server.ts';
import { openCli } from '../cli-harness.ts';

function login(server: ObservingServer): readonly string[] {
  return ['--server', server.adminUrl, '--token-file', server.tokenFile];
}

async function readMetaData(server: ObservingServer): Promise<string> {
  return (await server.get('/vm1/meta-data', 'curl/8')).text();
}

describe('bump', () => {
  it.each([
    ['y', 0, '-2"'],
    ['YES', 0, '-2"'],
    ['', 1, undefined],
    ['n', 1, undefined],
    ['maybe', 1, undefined],
  ])('says what it will do, and does it only when it is told to: "%s"', async (typed, code, end) => {
    await using server = await startObservingServer(['vm1']);
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return typed;
    };
    await using cli = await openCli({ ask });
    const { out, ...rest } = await cli.run('bump', 'vm1', ...login(server));
    expect([rest.code, rest.err]).toEqual([code, '']);
    expect(questions).toEqual(['Bump "vm1"? [y/N] ']);
    expect(out).toMatch(
      /^vm1: instance-id "seed-\w+" -> "seed-\w+-2"\nWhat it does:\n- its instance-id becomes/,
    );
    expect(out).toContain('- its ssh host keys are made anew');
    expect(out).toContain('What is to be done for it:\n- nothing: its first boot gets it\n');
    if (end === undefined) {
      expect(out).toMatch(/nothing was changed\n$/);
      expect(await readMetaData(server)).not.toContain('-2"');
    } else {
      expect(out).toMatch(/vm1: its instance-id is now "seed-\w+-2"\n$/);
      expect(await readMetaData(server)).toContain(end);
    }
  });

  it('asks nobody with --yes, and wants it where there is nobody to ask', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    expect(await cli.run('bump', 'vm1', ...login(server))).toMatchObject({
      code: 1,
      err: expect.stringContaining('Cannot ask whether to bump "vm1": there is no terminal; add --yes'),
    });
    expect(await readMetaData(server)).not.toContain('-2"');
    expect(await cli.run('bump', 'vm1', '--yes', ...login(server))).toMatchObject({ code: 0, err: '' });
    expect(await readMetaData(server)).toContain('-2"');
  });

  it('only tells with --json, and does it with --yes', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    const told = await cli.run('bump', 'vm1', '--json', ...login(server));
    expect(JSON.parse(told.out)).toMatchObject({ bumped: false, guest: 'never-seen' });
    expect(await readMetaData(server)).not.toContain('-2"');
    const done = await cli.run('bump', 'vm1', '--json', '--yes', ...login(server));
    expect(JSON.parse(done.out)).toMatchObject({
      bumped: true,
      instance_id: { to: expect.stringMatching(/-2$/) },
    });
  });

  it('says where an id that is written by hand is to be changed', async () => {
    await using server = await startObservingServer(['vm1']);
    await server.folder.write('seeds/vm1/meta-data', 'instance-id: mine\n');
    await using cli = await openCli();
    const { code, err } = await cli.run('bump', 'vm1', '--yes', ...login(server));
    expect(code).toBe(1);
    expect(err).toContain(
      'Cannot bump "vm1": its instance-id "mine" is written by hand: change it in "vm1/meta-data"',
    );
  });
});
