import { describe, expect, it } from 'vitest';
import type { RegistrationFinding } from '../../../cloudinit-server/client.ts';
import { summariseFindings } from '../../../driver/cloud-init/summarise-findings.ts';

function finding(severity: 'error' | 'warning', message: string): RegistrationFinding {
  return { file: 'user-data', line: 3, column: 1, severity, message };
}

describe('summariseFindings()', () => {
  it('says nothing of a seed without a fault', () => {
    expect(summariseFindings([])).toBeUndefined();
  });

  it('spends one event, with the worst', () => {
    const findings = [finding('warning', 'odd'), finding('error', 'wrong'), finding('warning', 'strange')];
    expect(summariseFindings(findings)).toEqual({
      lines: [
        'seed: user-data:3:1: error: wrong',
        'seed: user-data:3:1: warning: odd',
        'seed: user-data:3:1: warning: strange',
      ],
      summary:
        'seed has 1 error and 2 warnings: user-data:3:1: error: wrong; "nomad alloc logs -stderr" has all',
    });
    expect(summariseFindings([finding('warning', 'odd')])?.summary).toBe(
      'seed has 1 warning: user-data:3:1: warning: odd',
    );
  });
});
