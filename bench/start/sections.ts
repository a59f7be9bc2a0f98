import type { Section } from '../section.ts';
import type { Measurements } from './measurements.ts';

/** Lays out what was measured, with the project's goals. */
export function buildSections({ starts, disks, handshakesMs }: Measurements): readonly Section[] {
  const ofBuiltIn = starts.map(({ builtIn }) => builtIn);
  const ofVm = starts.map(({ vm }) => vm);
  return [
    {
      title: 'StartTask sent → first byte of the guest’s console',
      unit: 'ms',
      series: [
        { name: 'bare qemu from a shell', samples: starts.map(({ bareMs }) => bareMs) },
        {
          name: 'driver vm',
          samples: starts.map(({ direct }) => direct.firstByteMs),
          goal: { kind: 'at-most-times', factor: 1.05 },
        },
        { name: 'driver vm, its answer', samples: starts.map(({ direct }) => direct.answerMs) },
      ],
    },
    {
      title: 'job submitted → first byte of the guest’s console',
      unit: 'ms',
      series: [
        { name: 'built-in qemu', samples: ofBuiltIn.map(start => start.firstByteMs) },
        {
          name: 'driver vm',
          samples: ofVm.map(start => start.firstByteMs),
          goal: { kind: 'below-baseline' },
        },
      ],
    },
    {
      title: 'event "Task Setup" → first byte of the guest’s console',
      unit: 'ms',
      series: [
        { name: 'built-in qemu', samples: ofBuiltIn.map(start => start.fromSetupMs) },
        {
          name: 'driver vm',
          samples: ofVm.map(start => start.fromSetupMs),
          goal: { kind: 'below-baseline' },
        },
      ],
    },
    {
      title: 'job submitted → first byte in nomad alloc logs',
      unit: 'ms',
      series: [
        { name: 'built-in qemu', samples: ofBuiltIn.map(start => start.logMs) },
        { name: 'driver vm', samples: ofVm.map(start => start.logMs), goal: { kind: 'below-baseline' } },
      ],
    },
    {
      title: 'memory per VM beside qemu, PSS',
      unit: 'MiB',
      series: [
        { name: 'built-in qemu: its executor', samples: ofBuiltIn.map(start => start.addedMemory.driverMib) },
        {
          name: 'driver vm: wrapper and tails',
          samples: ofVm.map(start => start.addedMemory.driverMib),
          goal: { kind: 'at-most', limit: 2 },
        },
        { name: 'any driver: Nomad’s logmon', samples: starts.flatMap(logmonMib) },
      ],
    },
    {
      title: 'disk ready, image of 3 GiB with 1 GiB of data',
      unit: 'ms',
      series: [
        { name: 'cp of the image', samples: disks.map(({ copy }) => copy) },
        { name: 'qemu-img create -b', samples: disks.map(({ qemuImg }) => qemuImg) },
        {
          name: 'driver vm',
          samples: disks.map(({ ours }) => ours),
          goal: { kind: 'at-most', limit: 50 },
        },
      ],
    },
    {
      title: 'plugin started → handshake',
      unit: 'ms',
      series: [{ name: 'nomad-driver-vm', samples: handshakesMs, goal: { kind: 'at-most', limit: 150 } }],
    },
  ];
}

function logmonMib({ vm, builtIn }: Measurements['starts'][number]): readonly number[] {
  return [vm.addedMemory.logmonMib, builtIn.addedMemory.logmonMib];
}
