import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests that start programs: the real qemu, our sources as a process of their own, or a long fuzz. */
const REAL = [
  'test/**/*.real.test.ts',
  'test/driver/plugin.test.ts',
  'test/driver/conformance.test.ts',
  'test/driver/grpc/exec-handlers.test.ts',
  'test/driver/running-task.test.ts',
  'test/qemu/guest-process.test.ts',
  'test/qemu/guest-terminal.test.ts',
  'test/qemu/start-failure.test.ts',
  'test/qemu/overlay.test.ts',
  'test/cloudinit-server/observe/restart.test.ts',
  'test/cloudinit-server/validate/hostile.test.ts',
];

/** What takes all of the machine has it to itself. */
const LOAD = 'test/**/*.load.test.ts';

/** More runs of each property, as `npm run test:fuzz` wants them, take their time. */
const FUZZ =
  process.env['FUZZ_RUNS'] === undefined
    ? {}
    : { setupFiles: ['test/fuzz-setup.ts'], testTimeout: 30 * 60_000 };

/** Only what hangs takes so long, on a busy machine too. */
const PATIENCE_MS = 120_000;

/**
 * Five projects: `unit` is what one runs all day; `real` starts programs, `load` very many; `contract` runs cloud-init's own
 * code and needs root; `lab` needs root, Nomad and the guest images.
 */
export default defineConfig({
  test: {
    // Two cores are what there is to count on; most of a lab test is waiting.
    maxWorkers: 2,
    // Tests that start our sources as processes of their own do so in half the time.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'nomad-driver-vm-compile-cache') },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'test/contract/**', LOAD, ...REAL],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
          // Modules are loaded once for each worker instead of for each file: a third of the time.
          isolate: false,
          ...FUZZ,
        },
      },
      {
        test: {
          name: 'real',
          include: REAL,
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
          ...FUZZ,
        },
      },
      {
        test: {
          name: 'load',
          include: [LOAD],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: ['test/contract/global-setup.ts'],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          globalSetup: ['test/lab/global-setup.ts'],
          setupFiles: ['test/lab/tell-failure.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
