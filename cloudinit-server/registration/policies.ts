/** Whether a VM's seed goes to its own NICs only. */
export const BIND_MAC_POLICIES = ['when-seen', 'required', 'off'] as const;

/**
 * `when-seen`: a request that surely comes from another machine on the server's own network is refused. `required`:
 * one of which that is not known, too. `off`: the token alone counts.
 */
export type BindMacPolicy = (typeof BIND_MAC_POLICIES)[number];

/** When a guest's seed is closed. */
export const SEAL_POLICIES = ['after-boot', 'never'] as const;

/**
 * `after-boot`: when cloud-init has ended well in a guest that remembers its seed. Its token still opens its meta-data,
 * as a guest that asks again must stay who it is, and nothing that its author wrote.
 */
export type SealPolicy = (typeof SEAL_POLICIES)[number];

/** Whether the folder of a registered VM's seed is also served by its path. */
export const BY_PATH_POLICIES = ['unregistered', 'all'] as const;

/**
 * `unregistered`: a folder that registered VMs have is theirs; a VM that booted from its path before keeps its identity and
 * gets nothing else. `all`: whoever names a folder gets it, as where nodes that register VMs and others share seeds.
 */
export type ByPathPolicy = (typeof BY_PATH_POLICIES)[number];

/** The operator's policies for registered VMs. */
export interface RegistrationPolicies {
  readonly bindMac: BindMacPolicy;
  readonly seal: SealPolicy;
  readonly byPath: ByPathPolicy;
  /** How long a VM is remembered after its driver has taken it off; undefined: for ever. */
  readonly forgetAfterMs: number | undefined;
}

/** What `nomad-vm serve` does unless it is told otherwise. */
export const DEFAULT_POLICIES: RegistrationPolicies = {
  bindMac: 'when-seen',
  seal: 'after-boot',
  byPath: 'unregistered',
  forgetAfterMs: 30 * 24 * 3600_000,
};
