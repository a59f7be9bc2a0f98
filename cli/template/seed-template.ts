/** Renders the `user-data` of a new VM. @param sshKey an OpenSSH public key line; without one, the place to put it. */
export function renderUserData(name: string, sshKey: string | undefined): string {
  const keys =
    sshKey === undefined
      ? '# Put your public key here, or nobody can log in:\n# ssh_authorized_keys:\n#   - ssh-ed25519 AAAA… you@example.org\n'
      : `ssh_authorized_keys:\n  - ${JSON.stringify(sshKey)}\n`;
  return `#cloud-config
# What VM ${name} gets at its first boot.
# Every key: https://cloudinit.readthedocs.io/en/latest/reference/modules.html
${keys}`;
}

/** Renders the `meta-data` of a new VM. A new instance-id makes the guest run its first boot again. */
export function renderMetaData(name: string): string {
  return `instance-id: ${name}\nlocal-hostname: ${name}\n`;
}
