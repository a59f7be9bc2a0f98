import { access } from 'node:fs/promises';
import { EXECUTABLE } from './driver-lab.ts';
import { guestAgentRepository, labImage, labNomad } from './settings.ts';

/** Builds what every lab test needs before the first one, so that no test's time pays for it. */
export default async function setUp(): Promise<void> {
  await access(EXECUTABLE).catch(() => {
    throw new Error(`Cannot test "${EXECUTABLE}": it is not built; run "npm run build"`);
  });
  const say = (message: string) => console.log(message);
  await labNomad(process.env, say);
  await labImage('tiny', process.env, say);
  await labImage('debian-12', process.env, say);
  await labImage('debian-13', process.env, say);
  await guestAgentRepository('debian-12', process.env, say);
}
