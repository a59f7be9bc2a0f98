import type { YamlMap } from './record.ts';
import { suggestKey } from './schema/suggest-key.ts';
import type { TemplateMarkup } from './template.ts';
import { locate, type TextProblem } from './text-rules.ts';

/** Roots that cloud-init gives every template; see "cloud-init query --list-keys". */
const ROOTS = [
  'v1',
  'ds',
  'merged_cfg',
  'merged_system_cfg',
  'sys_info',
  'system_info',
  'userdata',
  'vendordata',
  'base64_encoded_keys',
  'sensitive_keys',
  'v2',
];

/** What is in `v1`, also without that prefix. */
const V1 = [
  'availability_zone',
  'cloud_id',
  'cloud_name',
  'distro',
  'distro_release',
  'distro_version',
  'instance_id',
  'kernel_release',
  'local_hostname',
  'machine',
  'platform',
  'public_ssh_keys',
  'python_version',
  'region',
  'subplatform',
  'system_platform',
  'variant',
  // The same with dashes made underscores are the names of older releases.
  'cloud',
  'ami_id',
];

/** What every guest's `ds.meta_data` has, beside the keys of the file. */
const META_DATA = ['instance_id', 'local_hostname', 'dsmode', 'seedfrom'];

/** Jinja's own words, which may begin an expression. */
const WORDS = [
  'not',
  'true',
  'false',
  'none',
  'True',
  'False',
  'None',
  'loop',
  'range',
  'dict',
  'namespace',
  'lipsum',
  'cycler',
  'joiner',
];

/** Findings of one file; a template with more has one mistake many times. */
const MAX_FINDINGS = 20;

/** Variables that the guest does not have: it puts "CI_MISSING_JINJA_VAR/…" in their place. */
export function findUnknownVariables(
  template: string,
  markup: readonly TemplateMarkup[],
  metaData: YamlMap,
): readonly TextProblem[] {
  const own = findOwnNames(markup);
  const problems: TextProblem[] = [];
  for (const { kind, text, offset } of markup) {
    if (problems.length === MAX_FINDINGS) break;
    // A name with a parenthesis after it is a function.
    const [start = '', name] =
      /^\{\{-?\s{0,64}([A-Za-z_]\w*(?:\.\w+)*)(?![\w.]*\s*\()/.exec(text.slice(0, 512)) ?? [];
    const message = kind !== 'expression' || name === undefined ? undefined : describe(name, own, metaData);
    if (message === undefined || name === undefined) continue;
    const place = locate(template, offset + start.length - name.length);
    problems.push({ ...place, rule: 'jinja-variable', severity: 'warning', message });
  }
  return problems;
}

/** Expressions in a file that is no template, so that the guest takes them as they are. */
export function findUnusedTemplate(text: string): readonly TextProblem[] {
  const index = text.search(/\{\{-?\s*(v1|ds)\./);
  if (index < 0) return [];
  const message =
    'the guest takes this as it is, as the file is no template; make "## template: jinja" its first line, before "#cloud-config"';
  return [{ ...locate(text, index), rule: 'jinja-header', severity: 'warning', message }];
}

function describe(name: string, own: ReadonlySet<string>, metaData: YamlMap): string | undefined {
  const [root = '', second = '', third = ''] = name.split('.');
  if (own.has(root) || WORDS.includes(root)) return undefined;
  if (root === 'v1')
    return second === '' || V1.includes(second) ? undefined : missing(name, second, V1, 'v1.');
  if (root === 'ds' && second === 'meta_data' && third !== '') {
    const keys = [...META_DATA, ...Object.keys(metaData).map(key => key.replaceAll('-', '_'))];
    return keys.includes(third) ? undefined : missing(name, third, keys, 'ds.meta_data.');
  }
  return ROOTS.includes(root) || V1.includes(root) ? undefined : missing(name, root, [...ROOTS, ...V1], '');
}

function missing(name: string, part: string, known: readonly string[], prefix: string): string {
  const suggestion = suggestKey(part, known);
  const cure =
    suggestion === undefined
      ? 'see "cloud-init query --list-keys" in a guest'
      : `did you mean "${prefix}${suggestion}"?`;
  return `guests have no variable "${name.slice(0, 80)}" and get CI_MISSING_JINJA_VAR in its place; ${cure}`;
}

/** Names that the template itself makes: of loops, assignments and macros. */
function findOwnNames(markup: readonly TemplateMarkup[]): ReadonlySet<string> {
  const statements = markup.filter(item => item.kind === 'statement').map(item => item.text.slice(2, 512));
  return new Set(
    statements
      .map(text => /^-?\s*(?:for|set|macro|import|from|with)\b([^=]*)/.exec(text)?.[1] ?? '')
      .flatMap(text => text.match(/[A-Za-z_]\w*/g) ?? []),
  );
}
