import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAddressBook } from '../../../driver/address/address-book.ts';
import type { GuestInterface } from '../../../qemu/guest-interfaces.ts';
import { MAC, nic, row, WatchedGuest } from './watched-guest.ts';

const SECOND_MAC = '52:54:00:aa:bb:02';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'addresses-test-'));
  writeFileSync(join(folder, 'console.log'), '');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('AddressWatch', () => {
  it('asks the agent once it has opened its port, and then nobody any more', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    await guest.clock.advance(3_000);
    expect(guest.agentCalls).toBe(0);
    await guest.openAgent([
      nic('52:54:00:00:00:99', '10.1.1.1'),
      nic(MAC, 'fe80::1', '169.254.3.4', '10.77.0.56'),
    ]);
    expect(guest.said).toEqual(['address 10.77.0.56 on NIC 0 (guest agent)']);
    expect(guest.clock.timers).toBe(0);
    const { looks } = guest;
    await guest.clock.advance(3_600_000);
    expect(guest.looks).toBe(looks);
  });

  it('goes on asking an agent that is up before the guest has its address', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    await guest.openAgent([nic(MAC)]);
    expect(guest.said).toEqual([]);
    guest.agent = [nic(MAC, '10.77.0.56')];
    await guest.clock.advance(1_000);
    expect(guest.said).toEqual(['address 10.77.0.56 on NIC 0 (guest agent)']);
  });

  it('finds an agent that opened its port while no plugin listened', async () => {
    await using guest = new WatchedGuest(folder);
    guest.isAgentPortOpen = true;
    guest.agent = [nic(MAC, '10.77.0.56')];
    await guest.watch();
    expect(guest.said).toEqual(['address 10.77.0.56 on NIC 0 (guest agent)']);
  });

  it('finds the agent when qemu, which did not answer, can be talked to at last', async () => {
    await using guest = new WatchedGuest(folder);
    const late = Promise.withResolvers<void>();
    Object.assign(guest, { monitored: late.promise, canQuery: false, isAgentPortOpen: true });
    guest.agent = [nic(MAC, '10.77.0.56')];
    await guest.watch();
    await guest.clock.advance(1_000);
    expect(guest.agentCalls).toBe(0);
    guest.canQuery = true;
    late.resolve();
    await guest.clock.advance(1_000);
    expect(guest.said).toEqual(['address 10.77.0.56 on NIC 0 (guest agent)']);
  });

  it('looks again after a connection to qemu was lost, for what it said meanwhile', async () => {
    await using guest = new WatchedGuest(folder);
    guest.agent = [nic(MAC, '10.77.0.56')];
    guest.isAgentPortOpen = true;
    await guest.watch();
    const { looks } = guest;
    await guest.clock.advance(60_000);
    expect(guest.looks).toBe(looks);
    guest.agent = [nic(MAC, '10.77.0.57')];
    await guest.reconnect();
    expect(guest.said.at(-1)).toBe('address 10.77.0.57 on NIC 0 (guest agent), was 10.77.0.56');
    guest.agent = [nic(MAC, '10.77.0.58')];
    await guest.event('RESET');
    expect(guest.said.at(-1)).toBe('address 10.77.0.58 on NIC 0 (guest agent), was 10.77.0.57');
  });

  it('reads the console of a guest without an agent, in whatever pieces it comes', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    const text = row('10.77.0.60');
    guest.print(`boot\n${text.slice(0, 30)}`);
    await guest.clock.advance(1_000);
    guest.print(text.slice(30));
    await guest.clock.advance(1_000);
    expect(guest.said).toEqual(['address 10.77.0.60 on NIC 0 (console)']);
    expect(guest.clock.timers).toBe(0);
  });

  it('believes neighbours that answered since the VM was started, and no older ones', async () => {
    await using guest = new WatchedGuest(folder);
    guest.neighbours = [{ address: '10.77.0.70', macAddress: MAC, confirmedMsAgo: 60_000 }];
    await guest.watch();
    await guest.clock.advance(5_000);
    expect(guest.said).toEqual([]);
    guest.neighbours = [{ address: '10.77.0.71', macAddress: MAC, confirmedMsAgo: 1_000 }];
    await guest.clock.advance(1_000);
    expect(guest.said).toEqual(['address 10.77.0.71 on NIC 0 (neighbour table)']);
  });

  it('says nothing again after the plugin was started anew, and says what has changed meanwhile', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    guest.print(row('10.77.0.60'));
    await guest.clock.advance(1_000);
    await guest.stop();
    await guest.watch();
    expect(guest.said).toHaveLength(1);
    expect(guest.clock.timers).toBe(0);
    await guest.stop();
    guest.print(row('10.77.0.61'));
    await guest.watch();
    expect(guest.said.slice(1)).toEqual(['address 10.77.0.61 on NIC 0 (console), was 10.77.0.60']);
  });

  it('does not say again what a more trusted source confirms', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    guest.print(row('10.77.0.60'));
    await guest.clock.advance(1_000);
    await guest.openAgent([nic(MAC, '10.77.0.99', '10.77.0.60')]);
    expect(guest.said).toEqual(['address 10.77.0.60 on NIC 0 (console)']);
    expect(loadAddressBook(guest.files).entries).toEqual([
      { nic: 0, address: '10.77.0.60', source: 'guest agent' },
    ]);
  });

  it('looks again after a reboot, and takes nothing that was printed before', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    guest.print(row('10.77.0.60'));
    await guest.clock.advance(1_000);
    await guest.event('RESET', { guest: true });
    await guest.clock.advance(5_000);
    expect(guest.clock.timers).toBe(1);
    guest.print(row('10.77.0.62'));
    await guest.clock.advance(1_000);
    expect(guest.said.slice(1)).toEqual(['address 10.77.0.62 on NIC 0 (console), was 10.77.0.60']);
    expect(guest.clock.timers).toBe(0);
  });

  it('gives up after a reboot that brings no news, and keeps what it knew', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    guest.print(row('10.77.0.60'));
    await guest.clock.advance(1_000);
    await guest.event('RESET', { guest: true });
    await guest.clock.advance(11 * 60_000);
    expect(guest.clock.timers).toBe(0);
    expect(guest.said).toHaveLength(1);
  });

  it('looks again when a NIC was set up anew, and makes qemu report the next time as well', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    await guest.openAgent([nic(MAC, '10.77.0.56')]);
    const armed = () => guest.queries.filter(query => query === 'query-rx-filter').length;
    const before = armed();
    guest.agent = [nic(MAC, '10.77.0.57')];
    await guest.event('NIC_RX_FILTER_CHANGED', {});
    expect(guest.said).toHaveLength(1);
    await guest.clock.advance(5_000);
    expect(guest.said.slice(1)).toEqual(['address 10.77.0.57 on NIC 0 (guest agent), was 10.77.0.56']);
    expect(armed()).toBe(before + 1);
  });

  it('waits for IPv4 before it takes IPv6', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    await guest.openAgent([nic(MAC, '2001:db8::5')]);
    await guest.clock.advance(10_000);
    expect(guest.said).toEqual([]);
    await guest.clock.advance(15_000);
    expect(guest.said).toEqual(['address 2001:db8::5 on NIC 0 (guest agent)']);
  });

  it('tells each NIC on its own', async () => {
    await using guest = new WatchedGuest(folder);
    guest.macs = [MAC, SECOND_MAC];
    await guest.watch();
    guest.print(row('10.77.0.60'));
    await guest.clock.advance(1_000);
    expect(guest.clock.timers).toBe(1);
    await guest.openAgent([nic(SECOND_MAC, '10.88.0.1'), nic(MAC, '10.77.0.60')]);
    expect(guest.said).toEqual([
      'address 10.77.0.60 on NIC 0 (console)',
      'address 10.88.0.1 on NIC 1 (guest agent)',
    ]);
  });

  it('finds the new address of a guest whose agent was started again while it was asked', async () => {
    await using guest = new WatchedGuest(folder);
    guest.print(row('10.77.0.60'));
    await guest.watch();
    await guest.stop();
    // The plugin is started anew, asks, and gets no answer, as the agent ends.
    const { promise, reject } = Promise.withResolvers<readonly GuestInterface[]>();
    guest.isAgentPortOpen = true;
    guest.agent = promise;
    await guest.watch();
    expect(guest.agentCalls).toBe(1);
    await guest.event('VSERPORT_CHANGE', { id: 'agent', open: false });
    await guest.openAgent([nic(MAC, '10.77.0.200')]);
    reject(new Error('no answer'));
    await guest.clock.advance(500);
    expect(guest.said.slice(1)).toEqual(['address 10.77.0.200 on NIC 0 (guest agent), was 10.77.0.60']);
    expect(guest.clock.timers).toBe(0);
  });

  it('looks again when something happened while it looked', async () => {
    await using guest = new WatchedGuest(folder);
    const { promise, resolve } = Promise.withResolvers<readonly GuestInterface[]>();
    guest.isAgentPortOpen = true;
    guest.agent = promise;
    await guest.watch();
    await guest.event('RESET');
    guest.agent = [nic(MAC, '10.77.0.61')];
    resolve([nic(MAC, '10.77.0.60')]);
    await guest.clock.advance(1_000);
    expect(guest.said.slice(1)).toEqual(['address 10.77.0.61 on NIC 0 (guest agent), was 10.77.0.60']);
  });

  it('leaves an agent alone for a while that does not answer, and looks elsewhere', async () => {
    await using guest = new WatchedGuest(folder);
    guest.isAgentPortOpen = true;
    guest.agent = new Error('disabled');
    await guest.watch();
    await guest.clock.advance(9_000);
    expect(guest.agentCalls).toBe(1);
    await guest.clock.advance(60_000);
    expect(guest.agentCalls).toBe(3);
    await guest.clock.advance(3_600_000);
    expect(guest.agentCalls).toBeLessThan(20);
    guest.print(row('10.77.0.60'));
    await guest.clock.advance(15_000);
    expect(guest.said).toEqual(['address 10.77.0.60 on NIC 0 (console)']);
  });

  it('looks less often at a guest that stays silent', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    await guest.clock.advance(3_600_000);
    expect(guest.looks).toBeLessThan(400);
    expect(guest.clock.timers).toBe(1);
    await guest.stop();
    expect(guest.clock.timers).toBe(0);
  });
});
