import type { KvmVerdict } from '../../qemu/kvm-probe.ts';
import { memoryOverheadMib } from '../../qemu/memory-overhead.ts';
import type { Personality } from '../config/personality.ts';
import type { BridgeFact, QuickFacts, SlowFacts } from './facts.ts';

/** What the node offers, as jobs can be constrained on it and operators see it. */
export interface NodeFingerprint {
  readonly health: 'UNDETECTED' | 'UNHEALTHY' | 'HEALTHY';
  readonly description: string;
  /** By full attribute name. An empty value removes the attribute from the node. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Guest whose overhead is told. */
const EXAMPLE_MEMORY_MIB = 1024;
/** Hosts of containers have dozens of bridges that no VM may join. */
const MAX_REFUSED_BRIDGES = 16;

/**
 * What is known so far. Facts that are not known yet are left out, so that what the node said of itself before stays.
 * Only a missing qemu makes the driver unfit; everything else is an attribute to choose by.
 */
export function renderFingerprint(
  personality: Personality,
  quick: QuickFacts,
  slow: SlowFacts,
): NodeFingerprint {
  const unfit = findUnfitness(quick, slow);
  if (unfit !== undefined) return { ...unfit, attributes: {} };
  const entries = Object.entries({
    ...renderEmulators(quick, slow),
    ...renderAccelerators(slow.kvm),
    ...renderBridges(quick.bridges),
    vhost_net: quick.hasVhostNet ? '1' : 'no /dev/vhost-net; run "modprobe vhost_net"',
    'memory_overhead_mib.kvm': String(memoryOverheadMib('kvm', EXAMPLE_MEMORY_MIB)),
    'memory_overhead_mib.tcg': String(memoryOverheadMib('tcg', EXAMPLE_MEMORY_MIB)),
    ...(slow.seedServer === undefined ? {} : { cloudinit_server: slow.seedServer }),
    ...(slow.seedApi === undefined ? {} : { cloudinit_api: slow.seedApi }),
  });
  return {
    health: 'HEALTHY',
    description: 'Healthy',
    attributes: Object.fromEntries(entries.map(([name, value]) => [`driver.${personality}.${name}`, value])),
  };
}

function findUnfitness(
  quick: QuickFacts,
  { emulator }: SlowFacts,
): Omit<NodeFingerprint, 'attributes'> | undefined {
  if (quick.installed.length === 0) {
    return {
      health: 'UNDETECTED',
      description: 'No qemu-system-* found; install it (Debian: apt install qemu-system-x86)',
    };
  }
  if (quick.emulators.size === 0) {
    return {
      health: 'UNHEALTHY',
      description: `emulators_allowlist allows none of ${quick.installed.join(', ')}; correct it in the plugin's config`,
    };
  }
  return emulator?.works === false ? { health: 'UNHEALTHY', description: emulator.reason } : undefined;
}

function renderEmulators({ emulators }: QuickFacts, { emulator }: SlowFacts): Record<string, string> {
  const short = [...emulators.keys()].map(name => name.replace('qemu-system-', ''));
  const archs = short
    .map(name => (name === 'qemu-kvm' ? HOST_ARCH : name))
    .filter(name => name !== undefined);
  const always = { emulators: short.join(','), guest_archs: [...new Set(archs)].join(',') };
  if (emulator?.works !== true) return always;
  const { version, machines } = emulator;
  const versions = machines.map(machine => [`machine.${machine.name}`, machine.version]);
  return {
    ...always,
    version,
    machines: machines.map(({ name }) => name).join(','),
    ...Object.fromEntries(versions),
  };
}

/** What `qemu-kvm` runs, by qemu's own name. */
const HOST_ARCH = { x64: 'x86_64', arm64: 'aarch64', ppc64: 'ppc64', s390x: 's390x', riscv64: 'riscv64' }[
  String(process.arch)
];

function renderAccelerators(kvm: KvmVerdict | undefined): Record<string, string> {
  if (kvm === undefined) return {};
  if (kvm.works) return { accelerators: 'kvm,tcg', kvm: 'works' };
  return { accelerators: 'tcg', kvm: `${kvm.reason}; ${findKvmCure(kvm.reason)}` };
}

function findKvmCure(reason: string): string {
  if (/No such file/.test(reason))
    return 'switch virtualisation on in the firmware (or in the hypervisor above) and load kvm_intel or kvm_amd';
  if (/Permission denied/.test(reason)) return 'run the Nomad agent as root';
  if (/only for x86/.test(reason)) return 'VMs run under TCG';
  return 'VMs run under TCG until the host is mended';
}

function renderBridges(bridges: readonly BridgeFact[]): Record<string, string> {
  const usable = bridges.filter(({ refusal }) => refusal === undefined);
  const refused = bridges.filter(({ refusal }) => refusal !== undefined).slice(0, MAX_REFUSED_BRIDGES);
  const none =
    bridges.length === 0 ? 'none; create one, such as br0' : 'none that VMs may join; see the others';
  const warnings = usable.flatMap(({ name, warnings: own }) => own.map(warning => `${name}: ${warning}`));
  return {
    bridges: usable.length > 0 ? usable.map(({ name }) => name).join(',') : none,
    ...(warnings.length > 0 ? { bridge_warnings: warnings.join('; ') } : {}),
    ...Object.fromEntries(
      [...usable, ...refused]
        .filter(({ name }) => CAN_BE_NAMED.test(name))
        .map(({ name, refusal }) => [`bridge.${name}`, refusal ?? '1']),
    ),
  };
}

/** What a job can write after `attr.`. */
const CAN_BE_NAMED = /^[\w.-]+$/;
