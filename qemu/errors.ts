/** What can go wrong with a VM, its disk or its network; a caller may act on the code. */
export type QemuErrorCode =
  | 'emulator-missing'
  | 'image-missing'
  | 'image-unreadable'
  | 'image-invalid'
  | 'image-unsafe'
  | 'disk-failed'
  | 'bridge-missing'
  | 'bridge-denied'
  | 'bridge-helper'
  | 'start-failed'
  | 'qmp-failed'
  | 'qmp-closed'
  | 'agent-failed'
  /** The line to the guest agent ended, as it does when qemu does. */
  | 'agent-closed'
  | 'console-failed';

/**
 * An expected failure of this folder. The message says what could not be done, on what, what was found, what was
 * wanted and what to do.
 */
export class QemuError extends Error {
  override readonly name = 'QemuError';
  readonly code: QemuErrorCode;

  constructor(code: QemuErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
