import { labImage, labNomad } from './settings.ts';

/** Runs once before the lab tests: makes what they share, so that no test's time limit has to cover it. */
export async function setup(): Promise<void> {
  const report = (message: string) => process.stderr.write(`lab: ${message}\n`);
  await labNomad(process.env, report);
  await labImage('tiny', process.env, report);
  await labImage('debian-12', process.env, report);
}
