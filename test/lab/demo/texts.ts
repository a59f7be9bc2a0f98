import { dirname } from 'node:path';
import type { DemoLab } from './demo-lab.ts';

/** What to type first in another terminal of the host. */
export function environmentLine({ address, nomad }: DemoLab): string {
  return `export NOMAD_ADDR=${address} PATH=${dirname(nomad)}:$PATH`;
}

/** The command that leads to a guest: it is on the lab's LAN, not on the host's. */
export function sshCommand({ lab, sshConfig }: DemoLab, guestAddress: string): string {
  return `ip netns exec ${lab.name} ssh -F ${sshConfig} ${guestAddress}`;
}

/** What the demo runs. */
export interface ShownJob {
  readonly job: string;
  readonly file: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The command that leads to the guest; undefined for one without ssh. */
  readonly ssh: string | undefined;
}

/** How to go on, for someone who has another terminal. */
export function renderHowToPlay(demo: DemoLab, { job, file, variables, ssh }: ShownJob): string {
  const settings = Object.entries(variables).map(([name, value]) => `-var=${name}=${value} `);
  return `
It stays up until Ctrl-C. In another terminal:

  ${environmentLine(demo)}

  nomad job status ${job}                 what runs
  nomad alloc logs -f -job ${job}         the guest's console
  nomad alloc logs -stderr -job ${job}    the driver's account of the VM
${ssh === undefined ? '' : `  ${ssh}\n`}
Change what the next VM gets, and make it:

  $EDITOR ${demo.seeds.folder}/distro-vm/user-data
  nomad job stop -purge ${job}
  nomad job run ${settings.join('')}${file}
`;
}
