import versions from '../../versions.json' with { type: 'json' };
import { cacheFolder } from './cache-folder.ts';
import { ensureImage, type ImageName } from './images/image.ts';
import { ensureNomad } from './nomad-binary.ts';

type Report = (message: string) => void;

/** The path of one of the lab's guest images in the versions this repository names; built if need be. */
export async function labImage(
  name: ImageName,
  environment: NodeJS.ProcessEnv,
  onBuild?: Report,
): Promise<string> {
  return await ensureImage({
    name,
    suite: versions.debian,
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
