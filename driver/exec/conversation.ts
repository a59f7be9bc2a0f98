import type { Vm } from '../../qemu/vm.ts';

/** What a user of `nomad alloc exec` sends. */
export type ExecInput =
  | { readonly kind: 'stdin'; readonly data: Buffer }
  | { readonly kind: 'stdin-end' }
  | { readonly kind: 'size'; readonly rows: number; readonly columns: number };

/** What the user gets; `exit` comes last. */
export type ExecOutput =
  | { readonly kind: 'stdout' | 'stderr'; readonly data: Buffer }
  | { readonly kind: 'exit'; readonly exitCode: number };

/** One `nomad alloc exec`. */
export interface ExecRequest {
  readonly command: readonly string[];
  /** Whether the user's side is a terminal in raw mode. */
  readonly isTerminal: boolean;
  /** Throws when the user has gone; otherwise never ends. */
  readonly inputs: AsyncIterable<ExecInput>;
  readonly signal: AbortSignal;
}

/** The VM to run something in. */
export interface ExecTarget {
  readonly vm: Pick<Vm, 'guestAgent' | 'console' | 'query'>;
  /** Whether the job has given the VM a port for the agent. */
  readonly hasGuestAgent: boolean;
  /** Writes a line to the VM's account. */
  readonly note: (message: string) => void;
}
