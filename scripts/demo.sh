#!/bin/sh
# npm run demo [-- OPTIONS]: sets up what is missing, builds, and shows everything at once. Its help needs none of that.
set -eu
cd "$(dirname "$0")/.."

for word; do
  case $word in
  -h | --help)
    cat <<'TEXT'
npm run demo [-- OPTIONS]

Brings up a LAN, Nomad with this repository's plugin, the seed server and a Debian VM, all real, and shows the VM's
address and an ssh into it. Stays up until Ctrl-C. Installs what is missing first, and says what.

  --once       exit when all has been shown
  --job FILE   run this job instead of jobs/distro-vm.hcl; its variables image, cloudinit_server and bridge are set,
               where it declares them
  --help       this text

Examples:
  npm run demo
  npm run demo -- --once
  npm run demo -- --job jobs/distro-vm.hcl
TEXT
    exit
    ;;
  esac
done

sh scripts/setup.sh all
npm run --silent build
exec node test/lab/demo.ts "$@"
