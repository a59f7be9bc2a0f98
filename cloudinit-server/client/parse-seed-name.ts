import { SeedError } from '../errors.ts';
import { MAX_SEED_PATH_LENGTH, RESERVED_NAMES, ROOT_SEED } from '../seed-path.ts';

/** Narrower than what the server serves: what can be typed anywhere and needs no percent-encoding. */
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Checks the name of a seed as a job gives it: folder names joined by `/`, or `.` for the root of the seeds folder.
 *
 * @throws {SeedError} `seed-name-invalid`
 */
export function parseSeedName(text: string): string {
  if (text === ROOT_SEED) return text;
  if (text.length > MAX_SEED_PATH_LENGTH) {
    throw refuse(
      `${text.slice(0, 40)}…`,
      `it has ${text.length} characters, at most ${MAX_SEED_PATH_LENGTH} are possible`,
    );
  }
  const segments = text.split('/');
  if (!segments.every(segment => SEGMENT.test(segment))) {
    throw refuse(
      text,
      'wanted folder names joined by "/", each of letters, digits, ".", "_" and "-" and beginning with a letter or digit, such as "alice" or "lab/vm1"; "." is the root of the seeds folder',
    );
  }
  const reserved = RESERVED_NAMES.find(name => name === segments[0]);
  if (reserved !== undefined) throw refuse(text, `the server uses "/${reserved}" itself; rename the folder`);
  return text;
}

function refuse(text: string, reason: string): SeedError {
  return new SeedError(
    'seed-name-invalid',
    `Cannot use ${JSON.stringify(text)} as the name of a seed: ${reason}`,
  );
}
