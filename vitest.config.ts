import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Two projects: `unit` is what one runs all day; `lab` needs root, qemu, Nomad and the guest images. */
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
          exclude: ['test/lab/**'],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          globalSetup: ['test/lab/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
