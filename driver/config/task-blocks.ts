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

/** `cloud_init { … }`: where the guest finds its seed. */
export const CLOUD_INIT_BLOCK = {
  kind: 'block',
  name: 'cloud_init',
  isRepeatable: false,
  meaning: 'Hands the guest the address of its cloud-init seed. Without it, cloud-init is not told anything.',
  options: [
    {
      kind: 'attribute',
      name: 'seed',
      type: 'string',
      meaning: "Name of the seed: a folder below the seed server's `--seeds`. Required.",
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
  ],
} as const satisfies BlockOption;
