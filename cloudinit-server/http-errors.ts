import { SeedError, type SeedErrorCode } from './errors.ts';

/** What a client is told when it doesn't get what it asked for. Never a path or a content of this host. */
export interface HttpFailure {
  readonly status: number;
  /** One line of plain text. */
  readonly text: string;
  /** Seconds, for a `retry-after` header: cloud-init from 25.1 then tries for ever, older ones for 10 s. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether the operator has to act, as opposed to the client. */
  readonly isServerFault: boolean;
}

const UNKNOWN_SEED = buildRefusal(404, 'no such seed');
const UNKNOWN_TOKEN = buildRefusal(404, 'no such token');
const REFUSED_PATH = buildRefusal(400, 'no path of a seed');
const NOT_READABLE: HttpFailure = {
  status: 503,
  text: 'the seed cannot be read at the moment, see the log of the seed server',
  retryAfterSeconds: 5,
  isServerFault: true,
};

const FAILURES: Readonly<Record<SeedErrorCode, HttpFailure>> = {
  'seed-unknown': UNKNOWN_SEED,
  'request-path-refused': REFUSED_PATH,
  'request-path-too-long': buildRefusal(414, 'too long'),
  'request-body-too-long': buildRefusal(413, 'too long'),
  // Nobody is left to read it.
  'request-cut-off': buildRefusal(400, 'no whole request'),
  'seed-name-invalid': REFUSED_PATH,
  'server-url-invalid': REFUSED_PATH,
  'listen-address-invalid': NOT_READABLE,
  'listen-failed': NOT_READABLE,
  'seeds-folder-missing': NOT_READABLE,
  'seeds-folder-unreadable': NOT_READABLE,
  'seed-folder-unreadable': NOT_READABLE,
  'seed-file-unreadable': NOT_READABLE,
  'seed-file-too-large': NOT_READABLE,
  'seed-file-irregular': NOT_READABLE,
  'seed-file-outside': NOT_READABLE,
  'seed-folder-outside': NOT_READABLE,
  'state-unusable': NOT_READABLE,
  'token-unknown': UNKNOWN_TOKEN,
  // Whoever tries tokens learns nothing.
  'mac-refused': UNKNOWN_TOKEN,
  // That there is such a seed is no secret; a driver tells it from one that is not there.
  'seed-registered': buildRefusal(423, 'this seed is for registered VMs'),
  'report-invalid': buildRefusal(400, 'no report'),
  'token-invalid': NOT_READABLE,
  'tls-unusable': NOT_READABLE,
  'admin-address-refused': NOT_READABLE,
  'token-file-unusable': NOT_READABLE,
};

/** Translates whatever was thrown while a request was answered. */
export function describeFailure(error: unknown): HttpFailure {
  if (error instanceof SeedError) return FAILURES[error.code];
  const status = readStatusCode(error);
  if (status !== undefined && status >= 400 && status < 500) return buildRefusal(status, 'bad request');
  // A fault of ours: the guest shall come again, not go on without its seed.
  return NOT_READABLE;
}

function buildRefusal(status: number, text: string): HttpFailure {
  return { status, text, retryAfterSeconds: undefined, isServerFault: false };
}

/** The status that the HTTP framework wants for an error of its own. */
function readStatusCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
