import type { KnownHostKey } from '../state/host-key-table.ts';

/** A VM and the host keys that it told. */
export interface VmHostKeys {
  readonly seed: string;
  readonly keys: readonly KnownHostKey[];
}

/** What may stand as a name in known_hosts; `*`, `?`, `!`, `|` and commas mean something there. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The host keys of VMs as ssh reads them (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), one line a key: by the address
 * that the VM had, and by its seed's last name where only one VM has it. Never by a name that a guest told, as it
 * could be another machine's.
 *
 * Of several VMs that had one address, the one that told last has it now.
 */
export function renderKnownHosts(vms: readonly VmHostKeys[]): string {
  const newest = new Map<string, KnownHostKey>();
  const named = new Map<string, number>();
  for (const { seed, keys } of vms) {
    if (keys.length > 0) named.set(lastName(seed), (named.get(lastName(seed)) ?? 0) + 1);
    for (const key of keys) {
      if (key.seenAt >= (newest.get(key.address)?.seenAt ?? 0)) newest.set(key.address, key);
    }
  }
  return vms
    .flatMap(({ seed, keys }) => keys.map(key => renderLine(key, chooseNames(seed, key, newest, named))))
    .sort()
    .join('');
}

function chooseNames(
  seed: string,
  key: KnownHostKey,
  newest: ReadonlyMap<string, KnownHostKey>,
  named: ReadonlyMap<string, number>,
): readonly string[] {
  const name = lastName(seed);
  return [
    ...(newest.get(key.address)?.seenAt === key.seenAt ? [key.address] : []),
    ...(PLAIN_NAME.test(name) && named.get(name) === 1 ? [name] : []),
  ];
}

function renderLine({ algorithm, key }: KnownHostKey, names: readonly string[]): string {
  return names.length === 0 ? '' : `${names.join(',')} ${algorithm} ${key}\n`;
}

function lastName(seed: string): string {
  return seed.split('/').at(-1) ?? seed;
}
