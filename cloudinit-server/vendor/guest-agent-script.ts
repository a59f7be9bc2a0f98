/**
 * A script for guests that installs and starts the QEMU guest agent, whatever Linux they have. It may run any number of
 * times, and always ends well: a guest without the agent is better than a boot that counts as failed. The package
 * managers have time limits for the network, and none is killed half-way.
 *
 * On systemd udev starts the agent when its device is there; a start that waited for a device would hold up the boot.
 */
export const GUEST_AGENT_SCRIPT = `#!/bin/sh
# From the seed server (--guest-agent): installs and starts the QEMU guest agent. It never fails.
has() { command -v "$1" >/dev/null 2>&1; }

install_agent() {
  if has apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    set -- -q -y -o DPkg::Lock::Timeout=120 -o Acquire::http::Timeout=20 -o Acquire::Retries=1
    apt-get "$@" update
    apt-get "$@" --no-install-recommends install qemu-guest-agent
  elif has dnf; then
    dnf -q -y --setopt=timeout=20 --setopt=retries=2 install qemu-guest-agent
  elif has microdnf; then
    microdnf -y install qemu-guest-agent
  elif has yum; then
    yum -q -y --setopt=timeout=20 --setopt=retries=2 install qemu-guest-agent
  elif has zypper; then
    zypper --non-interactive --quiet install qemu-guest-agent
  elif has apk; then
    apk add --no-progress qemu-guest-agent
  elif has pacman; then
    pacman -Sy --noconfirm --needed qemu-guest-agent
  else
    echo 'guest agent: no package manager that is known here'
  fi
}

start_agent() {
  if has systemctl; then
    systemctl enable qemu-guest-agent
    systemctl start --no-block qemu-guest-agent
  elif has rc-service; then
    rc-update add qemu-guest-agent default
    rc-service qemu-guest-agent start
  fi
}

has qemu-ga || install_agent
if has qemu-ga; then
  start_agent
else
  echo 'guest agent: not installed'
fi
exit 0
`;
