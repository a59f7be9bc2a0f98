import type { LogFields } from '../server-log.ts';

/** What is kept of what was done, and of what was refused; `docs/observing.md` says when each is written. */
export const AUDIT_ACTIONS = [
  'server-started',
  'vm-registered',
  'vm-removed',
  'vm-forgotten',
  'vm-sealed',
  'vm-unsealed',
  'instance-id-bumped',
  'host-keys-changed',
  'token-refused',
  'mac-refused',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who did it, or tried to: whoever has the admin token, a node's driver, a guest, or the server by itself. */
export type AuditActor = 'admin' | 'driver' | 'guest' | 'server';

/** One thing that was done or refused. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly actor: AuditActor;
  /** Where the actor asked from. */
  readonly address?: string | undefined;
  /** The VM's name for people: path of its seed, or its identity. */
  readonly vm?: string | undefined;
  /** Names the content that it was about; see `ContentIds`. */
  readonly content_id?: string | undefined;
  /** What else there is to know, in snake case. Never a secret, and nothing that a seed says. */
  readonly facts?: LogFields;
}
