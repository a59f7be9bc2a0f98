/** Orders versions such as "22.4.2" by their numbers; what follows them does not count. */
export function compareVersions(left: string, right: string): number {
  const [ours, theirs] = [readNumbers(left), readNumbers(right)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const difference = (ours[index] ?? 0) - (theirs[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readNumbers(version: string): readonly number[] {
  return (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
