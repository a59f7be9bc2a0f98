import type { StopAction } from '../qemu/stop-ladder.ts';
import type { PoweroffPolicy } from './config/poweroff-policy.ts';

/**
 * The states of a VM between its start and its end, and what may be asked of it in each. Pure: whoever asks saves the
 * answer, then acts on it; what was saved and not acted on is found again by looking at qemu.
 *
 *              ┌─────► held ──────┐   the guest is off, qemu stays
 *              │ ◄─────┘│         │
 *   starting ──► on ────┼─► ending ──► exited
 *                │      ▼    │            ▲
 *                └──► stopping ───────────┘
 */
export type VmPhase = OnPhase | HeldPhase | StoppingPhase | EndingPhase;

/** The guest runs, as far as anybody knows. */
export interface OnPhase {
  readonly tag: 'on';
}

/** The guest powered off, and waits for somebody to start it. */
export interface HeldPhase {
  readonly tag: 'held';
  /** ISO 8601. */
  readonly since: string;
}

/** Nomad asked for the end, or the driver has a cause of its own. */
export interface StoppingPhase {
  readonly tag: 'stopping';
  /** Absent where Nomad asked. */
  readonly cause?: StopCause;
  /** By `readBootClockMs`. Older records have none. */
  readonly sinceMs?: number;
  readonly deadlineMs: number;
  /** Whether the guest was off when it was asked. */
  readonly wasOff: boolean;
  /** The rungs of the ladder that were tried, the last one last. */
  readonly tried: readonly StopAction[];
}

/** The driver ends qemu because its guest is off or broken, or because Nomad wants the VM destroyed. */
export interface EndingPhase {
  readonly tag: 'ending';
  /** ISO 8601. */
  readonly since: string;
  readonly why: GuestEnd | 'destroyed';
}

/** Why the driver itself stops a VM, which makes its task fail. */
export interface StopCause {
  readonly code: 'cloud-init-failed' | 'cloud-init-late';
  /** A clause, with the module's name where it is known. */
  readonly text: string;
}

/** How a guest can end without qemu ending too. */
export type GuestEnd = 'guest-shutdown' | 'guest-panic' | 'internal-error';

/** What somebody wants, or what has been seen of the guest. */
export type Request =
  | { readonly kind: 'stop'; readonly atMs: number; readonly deadlineMs: number; readonly cause?: StopCause }
  | { readonly kind: 'try'; readonly action: StopAction }
  | { readonly kind: 'destroy'; readonly at: string; readonly isForced: boolean }
  | { readonly kind: 'power-on' }
  | { readonly kind: 'guest-on' }
  | {
      readonly kind: 'guest-ended';
      readonly at: string;
      readonly why: GuestEnd;
      readonly policy: PoweroffPolicy;
    };

/** Accepted with the phase to save and act on, already so, or denied with the reason. */
export type Answer =
  | { readonly kind: 'accepted'; readonly phase: VmPhase }
  | { readonly kind: 'already' }
  | { readonly kind: 'denied'; readonly reason: string };

/** What becomes of a request in a phase. Repeats change nothing. */
export function answerRequest(phase: VmPhase, request: Request): Answer {
  switch (request.kind) {
    case 'stop':
      return phase.tag === 'stopping' ? ALREADY : stop(phase, request);
    case 'try':
      return phase.tag === 'stopping'
        ? accept({ ...phase, tried: [...phase.tried, request.action] })
        : deny('nobody has asked it to stop');
    case 'destroy':
      return request.isForced
        ? accept({ tag: 'ending', since: request.at, why: 'destroyed' })
        : deny('its VM still runs; stop it first');
    case 'power-on':
      return phase.tag === 'held' || phase.tag === 'on' ? powerOn(phase) : deny('it is being stopped');
    case 'guest-on':
      return phase.tag === 'held' ? accept({ tag: 'on' }) : ALREADY;
    case 'guest-ended':
      return phase.tag === 'on' ? guestEnded(request) : ALREADY;
  }
}

const ALREADY: Answer = { kind: 'already' };

function stop(phase: VmPhase, request: Extract<Request, { kind: 'stop' }>): Answer {
  const { atMs: sinceMs, deadlineMs, cause } = request;
  const why = cause === undefined ? {} : { cause };
  return accept({ tag: 'stopping', ...why, sinceMs, deadlineMs, wasOff: phase.tag !== 'on', tried: [] });
}

function powerOn(phase: OnPhase | HeldPhase): Answer {
  return phase.tag === 'on' ? ALREADY : accept({ tag: 'on' });
}

/** A guest that crashed ends the task whatever the job says of powering off: nobody asked for that. */
function guestEnded({ at, why, policy }: Extract<Request, { kind: 'guest-ended' }>): Answer {
  if (why !== 'guest-shutdown' || policy === 'exit') return accept({ tag: 'ending', since: at, why });
  return accept(policy === 'hold' ? { tag: 'held', since: at } : { tag: 'on' });
}

function accept(phase: VmPhase): Answer {
  return { kind: 'accepted', phase };
}

function deny(reason: string): Answer {
  return { kind: 'denied', reason };
}
