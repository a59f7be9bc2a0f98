import { CLOUD_INIT_SUITES, cloudInitFolder } from '../lab/settings.ts';

/** Fetches the cloud-inits before the first test, so that no test's time pays for it. */
export default async function setUp(): Promise<void> {
  const say = (message: string) => console.log(message);
  for (const suite of CLOUD_INIT_SUITES) await cloudInitFolder(suite, process.env, say);
}
