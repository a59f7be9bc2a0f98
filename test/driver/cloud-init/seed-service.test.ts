import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SeedService } from '../../../driver/cloud-init/seed-service.ts';
import type { Problem } from '../../../driver/config/problem.ts';
import { DriverError } from '../../../driver/errors.ts';
import { REQUEST, SeedWorld } from './seed-world.ts';

let world: SeedWorld;
beforeEach(async () => {
  world = await SeedWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

async function failureOf(work: Promise<unknown>): Promise<DriverError> {
  const error = await work.catch((reason: unknown) => reason);
  if (error instanceof DriverError) return error;
  throw new Error(`no DriverError: ${String(error)}`);
}

function register(service: SeedService, problems: Problem[] = []) {
  const report = (path: string, message: string) => problems.push({ path, message });
  return service.register('default/a', REQUEST, report, AbortSignal.timeout(10_000));
}

describe('SeedService.register()', () => {
  it('tells the server of the VM and gives what it answers', async () => {
    const registered = await register(world.openService());
    expect(registered?.registration.seed_path).toBe(`/-/vm/${'t'.repeat(22)}/`);
    expect(world.api.registered.get('default/a')).toEqual(REQUEST);
  });

  it('says what is wrong with the job, option by option', async () => {
    const problems: Problem[] = [];
    const service = world.openService();
    world.api.answer = ({ method }) =>
      method === 'PUT' ? { status: 404, body: { error: 'no', code: 'seed-unknown' } } : undefined;
    expect(await register(service, problems)).toBeUndefined();
    const invalid = [
      { path: 'files["user-data"]', message: 'has too many bytes' },
      { path: 'guest_url', message: 'is no URL' },
      { path: 'job', message: 'is "a b"' },
    ];
    world.api.answer = ({ method }) =>
      method === 'PUT'
        ? { status: 422, body: { error: 'wrong', code: 'registration-invalid', problems: invalid } }
        : undefined;
    await register(service, problems);
    world.api.answer = ({ method }) =>
      method === 'PUT' ? { status: 413, body: { error: 'too large', code: 'body-too-large' } } : undefined;
    await register(service, problems);
    expect(problems).toEqual([
      {
        path: 'config.cloud_init.seed',
        message: expect.stringContaining('"alice" is unknown to the seed server'),
      },
      { path: 'config.cloud_init.user_data', message: 'has too many bytes' },
      { path: 'config.cloud_init.server', message: 'is no URL' },
      { path: 'config.cloud_init (job)', message: 'is "a b"' },
      { path: 'config.cloud_init', message: 'was refused by the seed server: too large' },
    ]);
  });

  it('lets Nomad try again while the server is away', async () => {
    const service = world.openService();
    await world.api.stop();
    const error = await failureOf(register(service));
    expect(error.code).toBe('not-ready');
    expect(error.message).toContain('does not answer: connection refused');
  });

  it('says whose fault a refused or missing token is, and never what it is', async () => {
    const service = world.openService();
    writeFileSync(world.tokenFile, 'another-token\n');
    const refused = await failureOf(register(service));
    expect(refused.code).toBe('node-unfit');
    expect(refused.message).toContain(`refuses the token in "${world.tokenFile}"`);
    expect(refused.message).not.toContain('another-token');
    writeFileSync(world.tokenFile, 'two words');
    expect((await failureOf(register(service))).message).toContain('it is empty or holds blanks');
    rmSync(world.tokenFile);
    expect((await failureOf(register(service))).message).toContain('it does not exist');
    // The operator mends it under the running plugin.
    writeFileSync(world.tokenFile, world.api.token);
    expect(await register(service)).toBeDefined();
  });

  it('has the VM taken off again by the next plugin, when nobody confirms that it runs', async () => {
    await register(world.openService());
    world.openService();
    await vi.waitFor(() => expect(world.api.registered.size).toBe(0));
    const guest = world.createGuest('default/b');
    await guest.start(world.openService());
    world.openService();
    await vi.waitFor(() => expect(world.api.pathsOf('DELETE')).toHaveLength(1));
    expect(world.api.registered.has('default/b')).toBe(true);
  });
});
