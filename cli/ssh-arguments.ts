/** What `ssh` is to connect to. */
export interface SshArgumentsOptions {
  /** What the user calls the VM; their ssh configuration may have a `Host` block for it. */
  readonly name: string;
  readonly address: string;
  /** A known_hosts file with this VM's keys under {@link buildHostAlias} of its name. */
  readonly knownHostsFile: string;
  readonly user: string | undefined;
  readonly identityFile: string | undefined;
  /** Such as `Port=2222`; they cannot change whom `ssh` believes. */
  readonly options: readonly string[];
  /** Words of a command to run; none: a shell. */
  readonly command: readonly string[];
}

/**
 * The arguments of `ssh` that make it believe one file of host keys and nothing else (ssh_config(5); of an option that
 * is there twice the first counts, and the command line comes before all files).
 */
export function buildSshArguments(options: SshArgumentsOptions): readonly string[] {
  const { name, address, knownHostsFile, user, identityFile, command } = options;
  const alias = buildHostAlias(name);
  const pinned = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${quotePath(knownHostsFile)}`,
    'GlobalKnownHostsFile=/dev/null',
    'KnownHostsCommand=none',
    `HostKeyAlias=${alias}`,
    'CheckHostIP=no',
    'UpdateHostKeys=no',
    'VerifyHostKeyDNS=no',
    `HostName=${address}`,
  ];
  return [
    ...[...pinned, ...options.options].flatMap(option => ['-o', option]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(identityFile === undefined ? [] : ['-i', identityFile]),
    alias,
    // ssh takes options after the host, too: a word of the command must never be one.
    ...(command.length === 0 ? [] : ['--', ...command]),
  ];
}

/** The VM's name as `ssh` knows it: without what means something in known_hosts or on a command line. */
export function buildHostAlias(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return plain === '' ? 'vm' : plain;
}

/** Blanks end a path, and `%` stands for something else. */
function quotePath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}
