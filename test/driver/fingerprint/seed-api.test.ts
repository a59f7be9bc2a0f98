import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeSeedApi } from '../../../driver/fingerprint/seed-api.ts';
import { SeedWorld } from '../cloud-init/seed-world.ts';

let world: SeedWorld;
beforeEach(async () => {
  world = await SeedWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function describeIt(): Promise<string> {
  const { api, tokenFile } = world;
  return describeSeedApi({ url: api.url, tokenFile, caFile: undefined }, AbortSignal.timeout(10_000));
}

describe('describeSeedApi()', () => {
  it('says whether VMs can be registered, and what to do where they cannot', async () => {
    expect(await describeIt()).toBe(`${world.api.url} answers`);
    writeFileSync(world.tokenFile, 'wrong-one');
    expect(await describeIt()).toContain('copy the server');
    expect(await describeIt()).not.toContain('wrong-one');
    rmSync(world.tokenFile);
    expect(await describeIt()).toContain('it does not exist');
    writeFileSync(world.tokenFile, world.api.token);
    world.api.answer = () => ({ status: 404, body: { error: 'no such path', code: 'not-found' } });
    expect(await describeIt()).toContain('does not answer: no such path');
    await world.api.stop();
    expect(await describeIt()).toContain('does not answer: connection refused');
    expect(await describeSeedApi(undefined, AbortSignal.timeout(1_000))).toContain('set cloudinit_api');
  });
});
