/** How often a property is tried: as often as its test says, unless somebody wants more of all (`npm run test:fuzz`). */
export function fuzzRuns(usual: number): number {
  const wanted = process.env['FUZZ_RUNS'];
  return wanted === undefined ? usual : Math.max(usual, Number(wanted));
}
