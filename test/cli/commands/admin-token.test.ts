import { describe, expect, it } from 'vitest';
import { startObservingServer } from '../../cloudinit-server/observe/observing-server.ts';
import { openCli } from '../cli-harness.ts';

describe('--token-file', () => {
  it.each([
    ['none', 'there is no such file; the server makes it in its --state folder'],
    ['.', "EISDIR; name the server's file with --token-file"],
    ['two-words', 'wanted one word'],
    ['wrong', 'has another one'],
  ])('says what to do about %s', async (file, message) => {
    await using server = await startObservingServer([]);
    await using cli = await openCli();
    await cli.write('two-words', 'a b');
    await cli.write('wrong', 'x'.repeat(43));
    const { code, err } = await cli.run('list', '--server', server.adminUrl, '--token-file', file);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err).toContain(`"${file}"`);
    expect(err).not.toContain('xxx');
  });

  it('is where the environment says, if it is not told', async () => {
    await using server = await startObservingServer([]);
    await using cli = await openCli({ adminTokenFile: server.tokenFile });
    expect(await cli.run('list', '--server', server.adminUrl)).toMatchObject({ code: 0 });
  });

  it('is never sent across a network in clear text', async () => {
    await using cli = await openCli();
    await cli.write('token', 'x'.repeat(43));
    const { err } = await cli.run('list', '--server', 'http://10.0.0.1:8001', '--token-file', 'token');
    expect(err).toContain('anybody on the way could read it; use https');
  });
});
