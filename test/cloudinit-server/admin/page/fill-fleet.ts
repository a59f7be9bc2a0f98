import { readFileSync } from 'node:fs';
import type { Observation } from '../../../../cloudinit-server/boot/observation.ts';
import { parsePhoneHome } from '../../../../cloudinit-server/boot/parse-phone-home.ts';
import type { RegistrationRequest } from '../../../../cloudinit-server/client/drivers-api-types.ts';
import { observeRecordedBoot, RECORDED_BOOTS, readRecordedBoot } from '../../boot/recorded-boot.ts';
import type { Fleet } from './fleet.ts';

/** An author's mistakes that guests pass over in silence. */
const BROKEN_USER_DATA = `#cloud-config
package_upgrade: yes
packges: [htop]
locale: xx_XX.UTF-8
users:
  - name: bob
    ssh_authorized_keys: ssh-ed25519 AAAA bob@example
`;

/** A VM of each kind that a person meets. */
export async function fillFleet(fleet: Fleet): Promise<void> {
  const [oldGuest, newGuest, otherGuest] = RECORDED_BOOTS.map((name, index) =>
    moveTo(observeRecordedBoot(name), `10.77.0.${20 + index}`),
  );
  if (oldGuest === undefined || newGuest === undefined || otherGuest === undefined)
    throw new Error('no boots');
  await fleet.see('lab/alice', newGuest, 3 * 86_400);
  await fleet.see('lab/alice', newGuest, 7_300);
  await fleet.write('lab/bob', 'user-data', BROKEN_USER_DATA);
  await fleet.see('lab/bob', oldGuest, 5_400);
  await fleet.see('lab/carol', newGuest.slice(0, 31), 600);
  await fleet.see('lab/dave', oldGuest.slice(0, 3), 240);
  await fleet.see('lab/erin', newGuest.slice(0, 22), 4);
  for (const at of [900, 500, 100]) await fleet.see('lab/frank', otherGuest.slice(0, 9), at);
  await registerVms(fleet, newGuest);
  for (let index = 0; index < 20; index += 1) {
    await fleet.see(
      `vnode${String(index).padStart(2, '0')}`,
      moveTo(newGuest, `10.77.0.${100 + index}`),
      400 + index,
    );
  }
}

/** The same guest at another address, with a MAC address made of its last part. */
export function moveTo(seen: readonly Observation[], address: string): readonly Observation[] {
  const macAddress = `52:54:00:aa:00:${address.split('.').at(-1)?.slice(-2).padStart(2, '0')}`;
  return seen.map(one => (one.kind === 'file' ? { ...one, address, macAddress } : { ...one, address }));
}

const REGISTRATION: RegistrationRequest = {
  seed: 'lab/grace',
  files: {},
  mac_addresses: ['52:54:00:12:34:56'],
  uuid: '7c1f9f3a-1111-8222-8333-444444444444',
  namespace: 'default',
  job: 'distro-vm',
  group: 'vm',
  task: 'vm',
  index: 0,
  alloc_id: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  node: 'node-1',
  instance_id: 'stable',
  delivery: 'http',
  guest_url: 'http://10.77.0.1:8000',
};

/** Registers a VM as a driver does. @param index of its node, from 0 to 9 */
export async function register(fleet: Fleet, identity: string, index: number) {
  await fleet.write('lab/grace', 'user-data', '#cloud-config\nusers: [default]\n');
  const alloc_id = REGISTRATION.alloc_id.replace(/^./, String(index));
  const request = { ...REGISTRATION, alloc_id, index, node: `node-${index}` };
  const result = await fleet.drivers.register(identity, request, LIFE);
  if (result.kind !== 'registered') throw new Error(`not registered: ${JSON.stringify(result)}`);
  return { alloc_id };
}

const { signal: LIFE } = new AbortController();

/** A VM that is sealed; one whose console shows other keys than it told; one that has not asked yet; and one that is gone. */
async function registerVms(fleet: Fleet, guest: readonly Observation[]): Promise<void> {
  const body =
    readRecordedBoot('trixie-25.1.4').find(({ path }) => path.startsWith('phone-home'))?.body ?? '';
  const told = parsePhoneHome(body);
  const report = {
    console_tail: readRecordedConsole(),
    host_keys: told.hostKeys.map(({ algorithm, key }) => `${algorithm} ${key}`),
  };
  const keeping = moveTo(guest, '10.77.0.77').map(one =>
    one.kind === 'file' && one.file === 'vendor-data' ? { ...one, keepsSeed: true } : one,
  );

  const sealed = await register(fleet, 'default/distro-vm/vm/vm/0', 0);
  await fleet.see('default/distro-vm/vm/vm/0', keeping);
  await fleet.phoneHome('default/distro-vm/vm/vm/0', told, '10.77.0.77');
  const address = { nic: 0, mac_address: '52:54:00:12:34:56', address: '10.77.0.77', source: 'guest agent' };
  await fleet.drivers.report('default/distro-vm/vm/vm/0', { ...sealed, ...report, address }, LIFE);

  const spoofed = await register(fleet, 'default/heidi', 1);
  await fleet.see('default/heidi', moveTo(guest, '10.77.0.78'));
  const [, ...others] = told.hostKeys;
  await fleet.phoneHome('default/heidi', { hostKeys: [OTHER_KEY, ...others] }, '10.77.0.78');
  await fleet.drivers.report('default/heidi', { ...spoofed, ...report }, LIFE);

  await register(fleet, 'default/distro-vm/vm/vm/2', 2);
  const gone = await register(fleet, 'default/distro-vm/vm/vm/3', 3);
  await fleet.drivers.deregister('default/distro-vm/vm/vm/3', gone.alloc_id, LIFE);
}

/** Of another recorded guest. */
const OTHER_KEY = {
  algorithm: 'ssh-ed25519',
  key: 'AAAAC3NzaC1lZDI1NTE5AAAAIC46AwkW/m1EAIFWXYOdFdNq06B/8ctixrBVShNLlrb6',
};

/** The console of a recorded guest when it had booted. */
function readRecordedConsole(): string {
  const file = new URL('../../../fixtures/cloud-init/trixie-25.1.4-ok.console', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const end = text.indexOf('-----END SSH HOST KEY KEYS-----');
  return text.slice(end - 12_000, end + 32);
}
