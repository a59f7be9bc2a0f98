import { isUtf8 } from 'node:buffer';
import { buildMetaData } from './generated-meta-data.ts';
import { findPassingError, type LayerContent } from './layers.ts';
import { parseMapText } from './map-text.ts';
import { maskVariables, unmaskVariables } from './mask-variables.ts';
import { type MergedLayers, mergeLayers } from './merge-layers.ts';
import { putUnder } from './put-under.ts';

/** What people wrote as a VM's meta-data, and what is to be done with it. */
export interface MetaDataPlan extends MergedLayers {
  /** The instance-id that is written there, variables and all; undefined: one is to be generated. */
  readonly authorId: string | undefined;
  /** Whether generated keys go under it. What has an instance-id and stands alone is served to the byte. */
  readonly isCompleted: boolean;
}

/** The instance of every guest whose meta-data is there and no map; cloud-init's own choice. */
const FALLBACK_ID = 'nocloud';

/**
 * Plans a VM's meta-data.
 *
 * @param contents strongest first
 * @throws {SeedError} when what would tell the guest who it is cannot be read at the moment
 */
export function planMetaData(contents: readonly LayerContent[]): MetaDataPlan {
  const merged = mergeLayers(contents, putUnder);
  if (merged.body === undefined) return { ...merged, authorId: undefined, isCompleted: true };
  const map = isUtf8(merged.body) ? parseMapText(maskVariables(merged.body.toString())) : undefined;
  if (map === undefined || map.kind === 'odd')
    return { ...merged, authorId: FALLBACK_ID, isCompleted: false };
  const id = map.kind === 'map' ? map.value['instance-id'] : undefined;
  if (id === undefined) {
    const error = findPassingError(contents);
    // It may hold the id: with another one the guest would become another machine.
    if (error !== undefined) throw error;
    return { ...merged, authorId: undefined, isCompleted: true };
  }
  return { ...merged, authorId: unmaskVariables(String(id)), isCompleted: contents.length > 1 };
}

/** The plan carried out. Variables are not replaced yet. */
export function renderMetaData(plan: MetaDataPlan, instanceId: string, hostname: string): Buffer {
  const generated = buildMetaData(instanceId, hostname);
  if (plan.body === undefined) return Buffer.from(generated);
  if (!plan.isCompleted) return plan.body;
  const completed = putUnder(maskVariables(plan.body.toString()), generated);
  return completed.kind === 'merged' ? Buffer.from(unmaskVariables(completed.text)) : plan.body;
}
