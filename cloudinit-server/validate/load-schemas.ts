import type { SchemaSet } from './schema/schema-set.ts';

let loaded: Promise<SchemaSet> | undefined;

/**
 * The schemas of this build, read once. Nothing of them is loaded before: neither the plugin nor the other commands
 * need them.
 */
export function loadSchemas(): Promise<SchemaSet> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<SchemaSet> {
  const [{ readSchemaSet }, { default: made }] = await Promise.all([
    import('./schema/schema-set.ts'),
    import('./schemas.json', { with: { type: 'json' } }),
  ]);
  return readSchemaSet(made);
}
