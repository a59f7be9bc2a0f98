import type { BlockOption } from './option.ts';

/** `network { … }`: one NIC. */
export const NETWORK_BLOCK = {
  kind: 'block',
  name: 'network',
  isRepeatable: true,
  meaning: 'One NIC for each block, in this order, 13 at most. Without any, the VM has none.',
  options: [
    {
      kind: 'attribute',
      name: 'mode',
      type: 'string',
      meaning:
        '`bridge`: a full member of the LAN behind a bridge of the node; `user`: outbound only, with `port_map` for the way in.',
      defaultText: '`bridge`',
      example: '"user"',
    },
    {
      kind: 'attribute',
      name: 'bridge',
      type: 'string',
      meaning: "The bridge's name on the node. Must be allowed in `/etc/qemu/bridge.conf`.",
      defaultText: 'none; required with `mode = "bridge"`',
      example: '"br0"',
    },
    {
      kind: 'attribute',
      name: 'mac',
      type: 'string',
      meaning: 'MAC address, unicast, of one VM only. `nomad-vm mac FILE` prints the derived one.',
      defaultText: "derived from the VM's identity",
      example: '"52:54:00:ba:49:01"',
    },
  ],
} as const satisfies BlockOption;

/** `cloud_init { … }`: what the guest is set up with. */
export const CLOUD_INIT_BLOCK = {
  kind: 'block',
  name: 'cloud_init',
  isRepeatable: false,
  meaning:
    'Gives the guest its cloud-init seed: see [cloud-init.md](cloud-init.md). Without it, cloud-init is not told anything.',
  options: [
    {
      kind: 'attribute',
      name: 'seed',
      type: 'string',
      meaning:
        "Name of the seed: a folder below the seed server's `--seeds`. Required, unless the job gives files of its own.",
      defaultText: 'none',
      example: '"alice"',
    },
    {
      kind: 'attribute',
      name: 'server',
      type: 'string',
      meaning: 'URL of the seed server, as guests reach it.',
      defaultText: "the plugin's `cloudinit_server`",
      example: '"http://192.168.1.10:8000/"',
    },
    seedFile('user_data', 'user-data'),
    seedFile('meta_data', 'meta-data'),
    seedFile('vendor_data', 'vendor-data'),
    seedFile('network_config', 'network-config'),
    {
      kind: 'attribute',
      name: 'delivery',
      type: 'string',
      meaning:
        '`http`: the guest fetches its seed from the server; `disk`: the driver attaches a disk with it; `auto`: `http`, but `disk` where the guest could not fetch: without a NIC, and with cloud-init 23.4.0 to 23.4.3.',
      defaultText: '`auto`',
      example: '"disk"',
    },
    {
      kind: 'attribute',
      name: 'cloud_init_version',
      type: 'string',
      meaning: "Version of the guest's cloud-init, where it matters for `delivery`.",
      defaultText: 'unknown: one that can fetch',
      example: '"23.4.1"',
    },
    {
      kind: 'attribute',
      name: 'instance_id',
      type: 'string',
      meaning:
        "`stable`: the instance-id follows the VM's identity; `content`: it changes with the seed too, and the guest then runs it anew.",
      defaultText: '`stable`',
      example: '"content"',
    },
    {
      kind: 'attribute',
      name: 'must_finish_within',
      type: 'string',
      meaning:
        "The task fails when a step of cloud-init fails, or cloud-init has not ended so long after the VM's start; at most `24h`.",
      defaultText: 'never',
      example: '"15m"',
    },
  ],
} as const satisfies BlockOption;

function seedFile<const Name extends string>(name: Name, file: string) {
  return {
    kind: 'attribute',
    name,
    type: 'string',
    mayHaveLines: true,
    meaning: `The guest's \`${file}\`, instead of the seed's: a path in the task's folder, or the content itself, which is any text with a line break.`,
    defaultText: "the seed's, if there is one",
    example: `"local/${file}"`,
  } as const;
}
