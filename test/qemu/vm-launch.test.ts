import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildVmFiles } from '../../qemu/vm-files.ts';
import { launchVm } from '../../qemu/vm-launch.ts';

it('launchVm() says which control group could not be joined', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-launch-'));
  const procs = join(dir, 'absent/cgroup.procs');
  const launch = launchVm(
    {
      files: buildVmFiles({ stateRoot: join(dir, 's'), runRoot: join(dir, 'r') }, 'vm'),
      command: ['/bin/sleep', '60'],
      workingDir: dir,
      cgroupProcsPaths: [procs],
      consoleLogPath: '/dev/null',
      accountLogPath: '/dev/null',
    },
    AbortSignal.timeout(60_000),
  );
  await expect(launch).rejects.toThrow(`Cannot start qemu: it cannot join its control group by "${procs}"; `);
  rmSync(dir, { recursive: true });
});
