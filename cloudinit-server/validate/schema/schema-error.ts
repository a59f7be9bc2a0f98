import type { YamlPath } from '../yaml-path.ts';

/** One keyword of a schema that a value does not satisfy. */
export interface SchemaError {
  readonly path: YamlPath;
  readonly keyword: string;
  /** What the schema says for the keyword. */
  readonly wanted: unknown;
  /** The key that is too many, or missing, where it is about one. */
  readonly key: string | undefined;
  /** Keys that the schema has beside the keyword, for suggestions. */
  readonly knownKeys: readonly string[];
  /** The value found. */
  readonly found: unknown;
  /** Only for the keyword `deprecated`: what to write instead. */
  readonly replacement?: string | undefined;
}
