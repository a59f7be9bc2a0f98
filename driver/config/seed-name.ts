/**
 * Checks the name of a seed: a folder below the seeds folder, nested ones with slashes.
 *
 * @throws {RangeError} telling what a name may be.
 */
export function parseSeedName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name) || name.split('/').includes('..')) {
    throw new RangeError(
      `Cannot use "${name}" as a seed name: write a folder below the seeds folder, such as "alice"`,
    );
  }
  return name;
}
