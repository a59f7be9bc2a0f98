/** Why the driver refused or failed; decides the gRPC status and whether Nomad may try again. */
export type DriverErrorCode =
  /** The job is wrong: trying again changes nothing. */
  | 'invalid-task'
  /** The node lacks something the job needs. */
  | 'node-unfit'
  /** Something outside is not there now and may be later: Nomad's restart policy applies. */
  | 'not-ready'
  /** A request about a task that this plugin does not know. */
  | 'unknown-task'
  /** The driver does not do this. */
  | 'unsupported'
  /** The VM could not be started or handled for a reason of its own. */
  | 'vm-failed';

/** An expected failure of the driver; its message is what the user reads in `nomad alloc status`. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: DriverErrorCode;

  constructor(code: DriverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether Nomad's restart policy should try the task again on this node. */
  get isRecoverable(): boolean {
    return this.code === 'not-ready';
  }
}
