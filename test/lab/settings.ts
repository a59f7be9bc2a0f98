import versions from '../../versions.json' with { type: 'json' };
import { cacheFolder } from './cache-folder.ts';
import { ensureImage, type Recipe } from './images/image.ts';
import { ensureNomad } from './nomad-binary.ts';

type Report = (message: string) => void;

/** The guests of the lab. */
export type ImageName = keyof typeof images;

const images = {
  tiny: { recipe: 'tiny', suite: versions.debian['12'] },
  'debian-12': { recipe: 'debian', suite: versions.debian['12'] },
  'debian-13': { recipe: 'debian', suite: versions.debian['13'] },
} as const satisfies Readonly<Record<string, { readonly recipe: Recipe; readonly suite: string }>>;

/** The path of one of the lab's guest images in the versions this repository names; built if need be. */
export async function labImage(
  name: ImageName,
  environment: NodeJS.ProcessEnv,
  onBuild?: Report,
): Promise<string> {
  return await ensureImage({
    ...images[name],
    cacheFolder: cacheFolder(environment),
    ...(onBuild && { onBuild }),
  });
}

/** The suites of Debian whose cloud-init seeds are tested with, oldest first. */
export const CLOUD_INIT_SUITES: readonly string[] = versions.cloudInit;

/** The folder with a suite's cloud-init and the Python it runs on; made if need be. */
export async function cloudInitFolder(
  suite: string,
  environment: NodeJS.ProcessEnv,
  onBuild?: Report,
): Promise<string> {
  return await ensureImage({
    recipe: 'cloud-init',
    suite,
    cacheFolder: cacheFolder(environment),
    ...(onBuild && { onBuild }),
  });
}

/** The folder of an apt repository that has the QEMU guest agent for one of the lab's guests; made if need be. */
export async function guestAgentRepository(
  image: Exclude<ImageName, 'tiny'>,
  environment: NodeJS.ProcessEnv,
  onBuild?: Report,
): Promise<string> {
  return await ensureImage({
    recipe: 'guest-agent',
    suite: images[image].suite,
    cacheFolder: cacheFolder(environment),
    ...(onBuild && { onBuild }),
  });
}

/** The path of Nomad in the version that NOMAD_VERSION, else this repository names; built if need be. */
export async function labNomad(environment: NodeJS.ProcessEnv, onBuild?: Report): Promise<string> {
  return await ensureNomad({
    version: environment['NOMAD_VERSION'] || versions.nomad,
    cacheFolder: cacheFolder(environment),
    environment,
    ...(onBuild && { onBuild }),
  });
}
