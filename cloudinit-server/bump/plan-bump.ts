import type { Boot } from '../boot/boot.ts';
import type { HostKeyFate } from './host-key-fate.ts';

/** What a bump does, in JSON's names; texts are sentences without a full stop. */
export interface BumpPlan {
  readonly vm: string;
  readonly instance_id: { readonly from: string; readonly to: string };
  /**
   * What the guest does by itself. `asks`: it asks for its seed at every boot. `remembers`: it never asks again. `disk`:
   * its driver gives it a new seed when its task starts. `never-seen`: it has not booted with this seed yet.
   */
  readonly guest: 'asks' | 'remembers' | 'disk' | 'never-seen';
  readonly host_keys: HostKeyFate;
  readonly effects: readonly string[];
  /** What a person must do for it to happen. */
  readonly todo: readonly string[];
}

/** What a plan is made of. */
export interface BumpFacts {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  /** Its newest. */
  readonly boot: Boot | undefined;
  readonly hostKeys: HostKeyFate;
  /** Undefined for a VM that no driver has registered. */
  readonly registered:
    | {
        readonly allocId: string;
        readonly task: string;
        readonly delivery: 'http' | 'disk';
        readonly isSealed: boolean;
      }
    | undefined;
}

/** Says what a bump of a VM's instance-id will do. */
export function planBump(facts: BumpFacts): BumpPlan {
  const { vm, from, to, hostKeys, registered } = facts;
  const guest = judgeGuest(facts);
  return {
    vm,
    instance_id: { from, to },
    guest,
    host_keys: hostKeys,
    effects: [
      `its instance-id becomes "${to}", so the guest takes itself for a new machine when it gets it`,
      'everything that runs once for each instance runs again: users, write_files, packages, runcmd, scripts; nothing that the guest has is removed',
      HOST_KEY_EFFECTS[hostKeys],
      ...(registered?.isSealed === true ? ['its seed, which is sealed, is opened again'] : []),
    ],
    todo: listTodo(guest, facts),
  };
}

const HOST_KEY_EFFECTS: Readonly<Record<HostKeyFate, string>> = {
  new: 'its ssh host keys are made anew; it tells the new ones at the end of that boot',
  kept: 'its ssh host keys stay, as its files say (ssh_keys, or "ssh_deletekeys: false")',
  unknown:
    'its ssh host keys are made anew, unless its user-data, which is no plain cloud-config, says otherwise',
};

function judgeGuest({ boot, registered }: BumpFacts): BumpPlan['guest'] {
  if (boot === undefined) return registered?.delivery === 'disk' ? 'disk' : 'never-seen';
  // A boot that reports without having fetched anything is one of a guest that remembers.
  const reportsOnly = boot.files.length === 0 && boot.modules.length > 0;
  if (registered?.delivery === 'disk') return boot.keepsSeed === true ? 'remembers' : 'disk';
  return boot.keepsSeed === true || reportsOnly ? 'remembers' : 'asks';
}

function listTodo(guest: BumpPlan['guest'], { vm, registered }: BumpFacts): readonly string[] {
  const alloc = registered === undefined ? 'ALLOC' : registered.allocId;
  const exec = `nomad alloc exec ${registered === undefined ? '' : `-task ${registered.task} `}${alloc}`;
  const newDisk = `start its task again, so that its driver makes a new seed disk: nomad alloc restart ${alloc}`;
  switch (guest) {
    case 'never-seen':
      return ['nothing: its first boot gets it'];
    case 'asks':
      return ['reboot the guest'];
    case 'disk':
      return [newDisk];
    case 'remembers':
      return [
        ...(registered?.delivery === 'disk' ? [newDisk] : []),
        'the guest remembers its seed (manual_cache_clean) and does not look at it again by itself; do one of these:',
        `where it runs a guest agent: ${exec} cloud-init clean --reboot`,
        `by ssh: nomad-vm ssh ${vm} -l USER -- sudo cloud-init clean --reboot`,
        'give it a fresh disk: a new allocation, or for a persistent disk "nomad-vm disk remove" while the job is stopped',
      ];
  }
}
