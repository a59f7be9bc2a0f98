import type { SeedFile } from '../seed-files.ts';
import { isMap, type YamlMap } from './record.ts';
import { findMarkup, maskTemplate, type TemplateMarkup } from './template.ts';
import { readUserDataKind, type UserDataKind } from './user-data-kind.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

/** user-data or vendor-data, read as far as it is cloud-config. */
export interface ConfigFile {
  readonly file: SeedFile;
  readonly text: string;
  readonly kind: UserDataKind;
  /** Undefined for scripts and the like. */
  readonly yaml: YamlFile | undefined;
  /** What is not plain in a template; empty for everything else. */
  readonly markup: readonly TemplateMarkup[];
  /** Whether statements of a template decide what of it the guest gets. */
  readonly hasStatements: boolean;
  /** Empty where there is no map. */
  readonly config: YamlMap;
}

/** Reads a file; an absent one is as good as an empty one. */
export function readConfigFile(file: SeedFile, content: Buffer | undefined): ConfigFile {
  const bytes = content ?? Buffer.alloc(0);
  const text = bytes.toString('utf8');
  const kind = readUserDataKind(bytes);
  const markup = kind === 'template' ? findMarkup(text) : [];
  const hasStatements = markup.some(item => item.kind === 'statement');
  const base = { file, text, kind, markup, hasStatements };
  if (kind !== 'cloud-config' && kind !== 'template') return { ...base, yaml: undefined, config: {} };
  const yaml = parseYamlFile(maskTemplate(text, markup));
  return { ...base, yaml, config: isMap(yaml.value) ? yaml.value : {} };
}
