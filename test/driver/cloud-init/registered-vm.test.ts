import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { saveAddressBook } from '../../../driver/address/address-book.ts';
import { ALLOC, MAC, REQUEST, SeedWorld } from './seed-world.ts';

let world: SeedWorld;
beforeEach(async () => {
  world = await SeedWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function readyEvent(identity: string, took_s = 41): void {
  world.api.tell(identity, ALLOC, { kind: 'ready', took_s });
}

describe('RegisteredVm', () => {
  it('has its events told to its own task, once, over restarts of the plugin', async () => {
    const [alice, bob] = [world.createGuest('default/alice'), world.createGuest('default/bob')];
    const first = world.openService();
    await alice.start(first);
    await bob.start(first);
    readyEvent('default/alice');
    await vi.waitFor(() => expect(alice.said).toEqual(['cloud-init finished in 41 s']));
    await first.close();
    readyEvent('default/bob', 7);
    const second = world.openService();
    alice.attach(second);
    bob.attach(second);
    await vi.waitFor(() => expect(bob.said).toEqual(['cloud-init finished in 7.0 s']));
    expect(alice.said).toHaveLength(1);
    expect(readFileSync(alice.record.files.seedBook, 'utf8')).toContain('"ready"');
  });

  it('is told late what came before its agent had it found again', async () => {
    const [alice, bob] = [world.createGuest('default/alice'), world.createGuest('default/bob')];
    const first = world.openService();
    await alice.start(first);
    await bob.start(first);
    await first.close();
    readyEvent('default/bob');
    readyEvent('default/alice');
    const second = world.openService();
    alice.attach(second);
    await vi.waitFor(() => expect(alice.said).toHaveLength(1));
    bob.attach(second);
    expect(bob.said).toEqual(['cloud-init finished in 41 s']);
  });

  it('hears nothing of what happened to an earlier start of the same allocation', async () => {
    world.api.tell('default/a', ALLOC, { kind: 'failed', steps: ['x'], took_s: 1 });
    const guest = world.createGuest('default/a', ALLOC, 60_000);
    await guest.start(world.openService());
    readyEvent('default/a');
    await vi.waitFor(() => expect(guest.said).toEqual(['cloud-init finished in 41 s']));
    expect(guest.failures).toEqual([]);
  });

  it('hears nothing that is about another allocation', async () => {
    const guest = world.createGuest('default/a', 'alloc-2');
    await guest.start(world.openService());
    readyEvent('default/a');
    world.api.tell('default/a', 'alloc-2', { kind: 'stuck', reason: 'x' });
    await vi.waitFor(() => expect(guest.said).toEqual(['cloud-init is stuck: x']));
  });

  it('passes on from where the guest asked for its seed', async () => {
    const guest = world.createGuest('default/a');
    await guest.start(world.openService());
    world.api.tell('default/a', ALLOC, {
      kind: 'address',
      address: '10.0.0.9',
      mac_address: MAC,
      source: 'seed request',
    });
    await vi.waitFor(() => expect(guest.heard).toEqual([['10.0.0.9', MAC, 'seed request']]));
    expect(guest.said).toEqual([]);
  });

  it('fails its task when a step fails, and the plugin after this one does so too', async () => {
    const guest = world.createGuest('default/a', ALLOC, 600_000);
    const first = world.openService();
    await guest.start(first);
    world.api.tell('default/a', ALLOC, { kind: 'failed', steps: ['modules-final/config-runcmd'], took_s: 3 });
    await vi.waitFor(() =>
      expect(guest.failures).toEqual([
        { code: 'cloud-init-failed', text: 'cloud-init failed in module runcmd after 3.0 s' },
      ]),
    );
    await first.close();
    guest.attach(world.openService());
    await vi.waitFor(() => expect(guest.failures).toHaveLength(2));
  });

  it('fails no task for a clock that was set since its VM was started', async () => {
    const guest = world.createGuest('default/a', ALLOC, 600_000);
    await guest.start(world.openService());
    for (const reason of ['x', 'y']) {
      world.api.tell('default/a', ALLOC, { kind: 'stuck', reason });
      await vi.waitFor(() => expect(guest.said.at(-1)).toContain(`cloud-init is stuck: ${reason}`));
    }
    expect(guest.failures).toEqual([]);
  });

  it('reports addresses, and the console while it changes and cloud-init has not ended', async () => {
    const guest = world.createGuest('default/a');
    const service = world.openService();
    const vm = await guest.start(service);
    vm.reportAddress({ nic: 0, mac_address: MAC, address: '10.0.0.9', source: 'guest agent' });
    await vi.waitFor(() => expect(world.api.reports).toHaveLength(1));
    expect(world.api.reports[0]?.report).toMatchObject({ alloc_id: ALLOC, address: { address: '10.0.0.9' } });
    service.tick();
    appendFileSync(guest.record.files.console, 'Linux version 6.1\n');
    service.tick();
    await vi.waitFor(() => expect(world.api.reports).toHaveLength(2));
    service.tick();
    readyEvent('default/a');
    await vi.waitFor(() => expect(guest.said).toHaveLength(1));
    appendFileSync(guest.record.files.console, 'login:\n');
    service.tick();
    await vi.waitFor(() => expect(world.api.reports).toHaveLength(3));
    expect(world.api.reports[2]?.report['console_tail']).toBe('Linux version 6.1\nlogin:\n');
    service.tick();
    appendFileSync(guest.record.files.console, 'a user is at work\n');
    for (let tick = 0; tick < 5; tick += 1) service.tick();
    service.detach(vm, true);
    // Its last words are of interest again.
    await vi.waitFor(() => expect(world.api.reports).toHaveLength(4));
    expect(world.api.reports[3]?.report['console_tail']).toContain('a user is at work');
  });

  it('is told of again to a server that has forgotten it', async () => {
    const guest = world.createGuest('default/a');
    const service = world.openService();
    const vm = await guest.start(service);
    saveAddressBook(guest.record.files, {
      entries: [{ nic: 0, address: '10.0.0.9', source: 'guest agent' }],
      consoleBytes: 0,
    });
    world.api.forget();
    vm.reportAddress({ nic: 0, mac_address: MAC, address: '10.0.0.9', source: 'guest agent' });
    await vi.waitFor(() => expect(world.api.reports).toHaveLength(1));
    expect(world.api.registered.get('default/a')).toEqual(REQUEST);
    expect(guest.said).toEqual([expect.stringContaining('[the seed server did not know this VM any more')]);
    await service.close();
    world.api.forget();
    guest.attach(world.openService());
    await vi.waitFor(() => expect(world.api.reports).toHaveLength(2));
    expect(world.api.registered.size).toBe(1);
  });

  it('leaves its name to another allocation, and takes it back when that one is gone', async () => {
    const guest = world.createGuest('default/a');
    const service = world.openService();
    const vm = await guest.start(service);
    world.api.registered.set('default/a', { ...REQUEST, alloc_id: 'alloc-9' });
    vm.reportAddress({ nic: 0, mac_address: MAC, address: '10.0.0.1', source: 'console' });
    await vi.waitFor(() => expect(world.api.pathsOf('POST')).toHaveLength(1));
    const tenMinutes = () => {
      for (let tick = 0; tick < 60; tick += 1) service.tick();
    };
    tenMinutes();
    await vi.waitFor(() => expect(world.api.pathsOf('POST')).toHaveLength(2));
    expect(world.api.registered.get('default/a')).toMatchObject({ alloc_id: 'alloc-9' });
    expect(world.api.reports).toEqual([]);
    world.api.forget();
    tenMinutes();
    await vi.waitFor(() => expect(world.api.reports).toHaveLength(1));
    expect(world.api.registered.get('default/a')).toEqual(REQUEST);
  });

  it('leaves no request under way and no file behind when it is gone', async () => {
    const guest = world.createGuest('default/a');
    const service = world.openService();
    const vm = await guest.start(service);
    await vi.waitFor(() => expect(world.api.pathsOf('GET').length).toBeGreaterThan(1));
    service.detach(vm, true);
    service.depart({ identity: 'default/a', allocId: ALLOC });
    const departures = () => readdirSync(join(world.root, 'cloud-init/vm-departures'));
    await vi.waitFor(() => expect([world.api.registered.size, departures()]).toEqual([0, []]));
    await service.close();
    const seen = world.api.seen.length;
    world.api.tell('default/a', ALLOC, { kind: 'stuck', reason: 'x' });
    expect(world.api.seen).toHaveLength(seen);
    expect(departures()).toEqual([]);
    expect(guest.said).toEqual([]);
    expect(world.logged).toEqual([]);
  });
});
