import { randomBytes } from 'node:crypto';
import type { RegisteredVm, RegistrationFacts } from '../state/registration-table.ts';
import type { KnownVm } from '../state/vm-table.ts';

/**
 * What a VM is after a registration. Told again of the same allocation, it stays what it is; another allocation begins
 * anew: with a token of its own, as whoever had the old one is not this guest, and unsealed, as its disk may be empty.
 *
 * @param now ms since the epoch
 */
export function planRegistration(
  before: RegisteredVm | undefined,
  vm: KnownVm,
  facts: RegistrationFacts,
  now: number,
): RegisteredVm {
  if (before !== undefined && before.facts.allocId === facts.allocId) {
    return { ...before, facts, goneAt: undefined };
  }
  return {
    vm,
    facts,
    seedToken: randomBytes(16).toString('base64url'),
    registeredAt: now,
    openedAt: now,
    goneAt: undefined,
    sealedAt: undefined,
    refusals: { count: 0, last: undefined },
  };
}
