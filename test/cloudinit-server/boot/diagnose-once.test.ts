import { describe, expect, it } from 'vitest';
import { advanceBoot } from '../../../cloudinit-server/boot/advance-boot.ts';
import type { Boot } from '../../../cloudinit-server/boot/boot.ts';
import { diagnoseBoot } from '../../../cloudinit-server/boot/diagnose-boot.ts';
import { diagnoseOnce } from '../../../cloudinit-server/boot/diagnose-once.ts';
import { observeRecordedBoot, RECORDED_BOOTS } from './recorded-boot.ts';

describe('diagnoseOnce()', () => {
  it.each(RECORDED_BOOTS)('says of %s what diagnoseBoot() says, at every step and however often', name => {
    let boot: Boot | undefined;
    for (const seen of observeRecordedBoot(name)) {
      boot = advanceBoot(boot, seen);
      for (const laterMs of [0, 1_000_000, 5, 2_000_000]) {
        expect(diagnoseOnce(boot, seen.at + laterMs, 'unknown')).toEqual(
          diagnoseBoot(boot, seen.at + laterMs, 'unknown'),
        );
      }
    }
    expect(boot && diagnoseOnce(boot, 0, 'unknown')).toBe(boot && diagnoseOnce(boot, 1, 'unknown'));
  });
});
