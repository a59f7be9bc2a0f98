import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { encodeMessage } from '../../proto/services.ts';
import { QemuError } from '../../qemu/errors.ts';
import { ConfigProblems } from '../config/problem.ts';
import { DriverError, type DriverErrorCode } from '../errors.ts';

/**
 * UNAVAILABLE and CANCELLED are never used: Nomad takes them for the death of the plugin and waits 3 s.
 */
const STATUS_OF: Readonly<Record<DriverErrorCode, status>> = {
  'invalid-task': status.INVALID_ARGUMENT,
  'node-unfit': status.FAILED_PRECONDITION,
  'not-ready': status.FAILED_PRECONDITION,
  'unknown-task': status.NOT_FOUND,
  unsupported: status.UNIMPLEMENTED,
  'vm-failed': status.FAILED_PRECONDITION,
};

/** What the agent is told of an error; anything unexpected is answered generically and left to the log. */
export function statusFromError(error: unknown): Partial<StatusObject> {
  const expected = toDriverError(error);
  if (expected === undefined) {
    return {
      code: status.INTERNAL,
      details: 'The driver failed unexpectedly; the agent log has the details',
    };
  }
  const code = STATUS_OF[expected.code];
  const reply = { code, details: expected.message };
  return expected.isRecoverable ? { ...reply, metadata: recoverableDetails(code, expected.message) } : reply;
}

/** Whether the error is one of ours, which says everything already. */
export function isExpectedError(error: unknown): boolean {
  return toDriverError(error) !== undefined;
}

function toDriverError(error: unknown): DriverError | undefined {
  if (error instanceof DriverError) return error;
  if (error instanceof ConfigProblems)
    return new DriverError('invalid-task', error.message, { cause: error });
  if (error instanceof QemuError) return new DriverError('vm-failed', error.message, { cause: error });
  return undefined;
}

/** The rich status that lets Nomad's restart policy try again: nothing else in the reply can (plugins/drivers/client.go). */
function recoverableDetails(code: status, message: string): Metadata {
  const detail = encodeMessage('hashicorp.nomad.plugins.shared.structs.RecoverableError', {
    recoverable: true,
  });
  const metadata = new Metadata();
  const rich = encodeMessage('google.rpc.Status', {
    code,
    message,
    details: [
      {
        type_url: 'type.googleapis.com/hashicorp.nomad.plugins.shared.structs.RecoverableError',
        value: detail,
      },
    ],
  });
  metadata.set('grpc-status-details-bin', rich);
  return metadata;
}
