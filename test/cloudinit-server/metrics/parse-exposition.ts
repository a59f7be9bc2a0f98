/** A metric as Prometheus reads it. */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  /** By name and labels, such as `x_bucket{le="1"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\}))?)*\})? (\S+)$/;

/**
 * Reads Prometheus' text format 0.0.4 more strictly than Prometheus does.
 *
 * @throws for a line that is no sample, one that belongs to no family, and one that comes twice
 */
export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, ParsedFamily & { readonly samples: Map<string, number> }>();
  let family = '';
  let help = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helpName, helpText] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    const [, typeName, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (helpName !== undefined && helpText !== undefined) {
      if (families.has(helpName)) throw new Error(`"${helpName}" comes twice`);
      [family, help] = [helpName, helpText];
    } else if (typeName !== undefined && type !== undefined) {
      if (typeName !== family) throw new Error(`no HELP right before "${line}"`);
      families.set(family, { type, help, samples: new Map() });
    } else addSample(line, family, families.get(family));
  }
  return families;
}

function addSample(
  line: string,
  name: string,
  family: (ParsedFamily & { readonly samples: Map<string, number> }) | undefined,
): void {
  const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  const suffixes = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  const isOfFamily = sample.startsWith(name) && suffixes.includes(sample.slice(name.length));
  if (family === undefined || !isOfFamily) throw new Error(`no sample of "${name}": ${line}`);
  if (!Number.isFinite(Number(value))) throw new Error(`no number: ${line}`);
  if (family.samples.has(`${sample}${labels}`)) throw new Error(`comes twice: ${line}`);
  family.samples.set(`${sample}${labels}`, Number(value));
}
