import type { BlockOption, OptionTable } from './option.ts';

/** What holds where the agent's configuration says nothing. */
export const PLUGIN_DEFAULTS = {
  state_dir: '/var/lib/nomad-driver-vm',
  run_dir: '/run/nomad-driver-vm',
} as const;

/** Where persistent disks are below `state_dir`, unless `disks_dir` says otherwise. */
export const DISKS_FOLDER = 'disks';

/** `cloudinit_api { … }`: where VMs are registered. */
const CLOUDINIT_API_BLOCK = {
  kind: 'block',
  name: 'cloudinit_api',
  isRepeatable: false,
  meaning:
    'Registers every VM that has a `cloud_init` block with the seed server, which then knows it and tells how it boots.',
  options: [
    {
      kind: 'attribute',
      name: 'url',
      type: 'string',
      meaning: "URL of the seed server's listener for drivers (`--drivers`), as this node reaches it.",
      defaultText: 'none; required',
      example: '"http://192.168.1.10:8002/"',
    },
    {
      kind: 'attribute',
      name: 'token_file',
      type: 'string',
      meaning:
        "File with the token of that listener: a copy of the server's `--drivers-token` file. Absolute path. Read anew for each VM and each time the server refuses the token.",
      defaultText: 'none; required',
      example: '"/var/lib/cloudinit-server/drivers-token"',
    },
    {
      kind: 'attribute',
      name: 'ca_file',
      type: 'string',
      meaning: "File with the certificates, in PEM, that an `https` server's is checked by. Absolute path.",
      defaultText: "the executable's own list of public authorities",
      example: '"/etc/nomad.d/cloudinit-ca.pem"',
    },
  ],
} as const satisfies BlockOption;

/**
 * Everything the `config` block of the agent's `plugin` block may hold.
 *
 * Strings, lists of strings and blocks of them only: agent configuration is HCL 1, where even `m = {…}` arrives as a
 * list of maps.
 */
export const PLUGIN_OPTIONS = [
  {
    kind: 'attribute',
    name: 'image_paths',
    type: 'list(string)',
    meaning: 'Folders outside the allocation that `image` and `image_path` may point into. Absolute paths.',
    defaultText: '`[]`: only images in the allocation',
    example: '["/srv/images"]',
  },
  {
    kind: 'attribute',
    name: 'args_allowlist',
    type: 'list(string)',
    meaning: 'What jobs may write in `args`; see [below](#args_allowlist).',
    defaultText: 'driver `vm`: nothing; as `qemu`: anything',
    example: '["-device virtio-rng-pci"]',
  },
  {
    kind: 'attribute',
    name: 'emulators_allowlist',
    type: 'list(string)',
    meaning: 'Emulators that jobs may run, with or without `qemu-system-` in front.',
    defaultText: 'any',
    example: '["x86_64"]',
  },
  {
    kind: 'attribute',
    name: 'cloudinit_server',
    type: 'string',
    meaning: 'URL of the seed server, as guests reach it, for jobs whose `cloud_init` block names none.',
    defaultText: 'none',
    example: '"http://192.168.1.10:8000/"',
  },
  CLOUDINIT_API_BLOCK,
  {
    kind: 'attribute',
    name: 'state_dir',
    type: 'string',
    meaning: 'Where the plugin keeps what must survive a reboot of the node. Absolute path.',
    defaultText: `\`${PLUGIN_DEFAULTS.state_dir}\``,
    example: '"/var/lib/nomad-driver-vm"',
  },
  {
    kind: 'attribute',
    name: 'disks_dir',
    type: 'string',
    meaning: 'Where disks of jobs with `disk = "persistent"` are kept. Absolute path.',
    defaultText: '`disks` below `state_dir`',
    example: '"/srv/vm-disks"',
  },
  {
    kind: 'attribute',
    name: 'run_dir',
    type: 'string',
    meaning: 'Where sockets go. Absolute path, and a short one: a socket path has 107 bytes at most.',
    defaultText: `\`${PLUGIN_DEFAULTS.run_dir}\``,
    example: '"/run/nomad-driver-vm"',
  },
  {
    kind: 'attribute',
    name: 'bridge_helper',
    type: 'string',
    meaning: "Path of qemu's `qemu-bridge-helper`.",
    defaultText: 'found where distributions put it',
    example: '"/usr/lib/qemu/qemu-bridge-helper"',
  },
] as const satisfies OptionTable;
