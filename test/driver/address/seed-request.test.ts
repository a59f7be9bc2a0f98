import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAddressBook } from '../../../driver/address/address-book.ts';
import { MAC, nic, row, WatchedGuest } from './watched-guest.ts';

const SECOND_MAC = '52:54:00:aa:bb:02';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seed-request-test-'));
  writeFileSync(join(folder, 'console.log'), '');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('AddressWatch.hear()', () => {
  it('tells where the guest asked for its seed from, at once and once, and then looks no more', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    await guest.clock.advance(5_000);
    await guest.ask('10.77.0.56');
    await guest.ask('10.77.0.56');
    expect(guest.said).toEqual(['address 10.77.0.56 on NIC 0 (seed request)']);
    expect(guest.clock.timers).toBe(0);
  });

  it('says nothing of what another source has found', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    guest.print(row('10.77.0.56'));
    await guest.clock.advance(1_000);
    await guest.ask('10.77.0.56');
    expect(guest.said).toEqual(['address 10.77.0.56 on NIC 0 (console)']);
    expect(loadAddressBook(guest.files).entries).toMatchObject([{ source: 'seed request' }]);
  });

  it('goes by the MAC address, and without one takes a guest with one NIC only', async () => {
    await using guest = new WatchedGuest(folder);
    guest.macs = [MAC, SECOND_MAC];
    await guest.watch();
    await guest.ask('10.77.0.56', null);
    await guest.ask('10.77.0.57', '52:54:00:00:00:99');
    expect(guest.said).toEqual([]);
    await guest.ask('10.77.0.58', SECOND_MAC);
    expect(guest.said).toEqual(['address 10.77.0.58 on NIC 1 (seed request)']);
    await guest.stop();
    rmSync(guest.files.addresses);
    await using single = new WatchedGuest(folder);
    await single.watch();
    await single.ask('10.77.0.59', null);
    expect(single.said).toEqual(['address 10.77.0.59 on NIC 0 (seed request)']);
  });

  it('believes the agent of a guest that went on to another address', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    await guest.ask('10.77.0.56');
    await guest.openAgent([nic(MAC, '10.77.0.57')]);
    expect(guest.said.slice(1)).toEqual(['address 10.77.0.57 on NIC 0 (guest agent), was 10.77.0.56']);
  });

  it('takes no address that leads nowhere', async () => {
    await using guest = new WatchedGuest(folder);
    await guest.watch();
    for (const address of ['127.0.0.1', 'fe80::1', 'alice', '']) await guest.ask(address);
    expect(guest.said).toEqual([]);
  });
});
