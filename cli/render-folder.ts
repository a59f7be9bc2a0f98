import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { findSeedVm } from '../cloudinit-server/find-vm.ts';
import { createFolderSeedStore } from '../cloudinit-server/folder-seed-store.ts';
import { withDraft } from '../cloudinit-server/preview/draft.ts';
import { buildRenderReport, type RenderReport } from '../cloudinit-server/preview/render-report.ts';
import { createRedactor } from '../cloudinit-server/redact/redactor.ts';
import type { InstanceIdPolicy } from '../cloudinit-server/render/instance-id.ts';
import { createSeedRenderer } from '../cloudinit-server/render/seed-renderer.ts';
import { judgeTarget } from '../cloudinit-server/seed-check/judge-target.ts';
import { SEED_FILES, type SeedFile } from '../cloudinit-server/seed-files.ts';
import { parseSeedPath } from '../cloudinit-server/seed-path.ts';
import type { OwnFiles } from '../cloudinit-server/state/registration-table.ts';
import { parsePublicUrl } from '../cloudinit-server/vendor/guest-base-url.ts';

/** What to render, and how. */
export interface RenderFolderOptions {
  /** The folder of seeds, and where a relative path begins. */
  readonly seeds: { readonly folder: string; readonly cwd: string };
  /** @default all */
  readonly file?: SeedFile;
  readonly instanceId: InstanceIdPolicy;
  readonly guestAgent?: boolean;
  readonly serverUrl?: string;
  readonly showSecrets?: boolean;
  /** Files that are not saved yet, in the place of the seed's own. */
  readonly draft?: OwnFiles | undefined;
}

/**
 * Renders a seed of a folder as a server would that knows nothing of the VM but its seed.
 *
 * @param name path of the seed
 * @throws when there is no such seed, or it cannot be read; the message says what to do
 */
export async function renderFolder(name: string, options: RenderFolderOptions): Promise<RenderReport> {
  const { seeds, file, instanceId, guestAgent, serverUrl, showSecrets, draft = {} } = options;
  const store = createFolderSeedStore(resolve(seeds.cwd, seeds.folder));
  const path = parseSeedPath(name);
  const found = path === undefined ? undefined : await findSeedVm(path, store);
  if (found === undefined) {
    throw new Error(
      `Cannot render "${name}": there is no such seed in "${seeds.folder}"; name a folder below it, such as "alice" or "lab/vm1"`,
    );
  }
  const target = {
    ...found,
    seed: withDraft(found.seed, draft),
    serverUrl: serverUrl === undefined ? undefined : parsePublicUrl(serverUrl),
    vendorConfig: undefined,
  };
  return buildRenderReport(target, file === undefined ? SEED_FILES : [file], {
    renderer: createSeedRenderer({ store, instanceIdPolicy: instanceId, guestAgent }),
    show: showSecrets ? showAll : createRedactor(),
    judge: whom => judgeTarget(whom, { store, guestVersion: undefined }),
  });
}

function showAll(body: Buffer): string {
  return isUtf8(body) ? body.toString() : `(${body.length} bytes that are no text)\n`;
}
