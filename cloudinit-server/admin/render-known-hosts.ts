import type { KnownHostKey } from '../state/host-key-table.ts';
import { takeTurns } from '../take-turns.ts';

/** VMs that are written at once. */
const CHUNK = 50;

/** A VM and the host keys that it told. */
export interface VmHostKeys {
  /** What ssh may call it; undefined: its address only. */
  readonly name: string | undefined;
  readonly keys: readonly KnownHostKey[];
}

/** What may stand as a name in known_hosts; `*`, `?`, `!`, `|` and commas mean something there. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The host keys of VMs as ssh reads them (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), one line a key: by the address
 * that the VM had, and by its name where only one VM has it. Never by a name that a guest told, as it could be another
 * machine's.
 *
 * Of several VMs that had one address, the one that told last has it now. They come in the order of the VMs, piece by
 * piece: guests are answered meanwhile.
 */
export async function* renderKnownHosts(vms: readonly VmHostKeys[]): AsyncGenerator<string> {
  const newest = new Map<string, KnownHostKey>();
  const named = new Map<string, number>();
  const rest = takeTurns();
  for (const { name, keys } of vms) {
    await rest();
    if (keys.length > 0 && name !== undefined) named.set(name, (named.get(name) ?? 0) + 1);
    for (const key of keys) {
      if (key.seenAt >= (newest.get(key.address)?.seenAt ?? 0)) newest.set(key.address, key);
    }
  }
  for (let at = 0; at < vms.length; at += CHUNK) {
    await rest();
    yield vms
      .slice(at, at + CHUNK)
      .flatMap(({ name, keys }) => keys.map(key => renderLine(key, chooseNames(name, key, newest, named))))
      .join('');
  }
}

function chooseNames(
  name: string | undefined,
  key: KnownHostKey,
  newest: ReadonlyMap<string, KnownHostKey>,
  named: ReadonlyMap<string, number>,
): readonly string[] {
  const isOnly = name !== undefined && PLAIN_NAME.test(name) && named.get(name) === 1;
  return [
    ...(newest.get(key.address)?.seenAt === key.seenAt ? [key.address] : []),
    ...(isOnly ? [name] : []),
  ];
}

function renderLine({ algorithm, key }: KnownHostKey, names: readonly string[]): string {
  return names.length === 0 ? '' : `${names.join(',')} ${algorithm} ${key}\n`;
}
