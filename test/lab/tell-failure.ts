import { beforeEach } from 'vitest';
import { describeVms } from './describe-vms.ts';
import { openLabs } from './lab.ts';

// A lab is gone after its tests, and with it what would tell why one of them failed.
beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    for (const folder of openLabs) console.error(await describeVms(folder));
  });
});
