/** Something a guest's console tells about how far the boot is. */
interface Milestone {
  readonly pattern: RegExp;
  /** $1 is the pattern's first group. */
  readonly text: string;
}

/** In the order in which a cloud image on Debian's cloud-init prints them. */
const milestones: readonly Milestone[] = [
  { pattern: /Booting from Hard Disk|GRUB/, text: 'boot loader' },
  { pattern: /Linux version (\S+)/, text: 'kernel $1 starts' },
  {
    pattern: /systemd\[1\]: (?:systemd .* running in system mode|Detected virtualization)/,
    text: 'systemd starts',
  },
  {
    pattern: /cloud-init\[\d+\]: Cloud-init v\. \S+ running 'init-local'/,
    text: 'cloud-init looks for its seed',
  },
  { pattern: /ci-info: \|\s*\S+\s*\|\s*True\s*\|\s*([\d.]+)\s*\|[^|]*\|\s*global/, text: 'address $1' },
  { pattern: /BEGIN SSH HOST KEY KEYS/, text: 'ssh host keys made' },
  { pattern: /Cloud-init v\. \S+ running 'modules:config'/, text: 'cloud-init applies the seed' },
  { pattern: /Cloud-init v\. \S+ finished at .* (Datasource \w+)/, text: 'cloud-init finished ($1)' },
];

/** The milestones that a console's text has reached, each once, in words. */
export function reachedMilestones(console: string): readonly string[] {
  return milestones.flatMap(({ pattern, text }) => {
    const match = pattern.exec(console);
    return match === null ? [] : [text.replace('$1', match[1] ?? '')];
  });
}

/** Whether the guest has done all that its seed says. */
export function hasFinishedBooting(console: string): boolean {
  return /Cloud-init v\. \S+ finished at|tiny: ready/.test(console);
}

/** Whether the guest can be reached by ssh: cloud-init prints the host keys of those that can. */
export function hasSsh(console: string): boolean {
  return /BEGIN SSH HOST KEY KEYS/.test(console);
}

/** The guest's first address from cloud-init's table, or undefined before it is printed. */
export function findAddress(console: string): string | undefined {
  return /ci-info: \|\s*ens\d+\s*\|\s*True\s*\|\s*([\d.]+)\s*\|[^|]*\|\s*global/.exec(console)?.[1];
}
