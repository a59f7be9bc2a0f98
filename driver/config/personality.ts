/**
 * Which driver the plugin is: our own `vm`, or `qemu`, the drop-in for Nomad's built-in driver of that name, whose
 * defaults and rules it keeps.
 */
export type Personality = 'vm' | 'qemu';
