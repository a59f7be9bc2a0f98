/**
 * An option table: one list of what may be written in a `config` block. It is the only source for the schema Nomad
 * checks against, for our own parsing, for `nomad-vm check` and for docs/options.md.
 */
export type OptionTable = readonly Option[];

export type Option = AttributeOption | BlockOption;

/** `key = value`. */
export interface AttributeOption {
  readonly kind: 'attribute';
  readonly name: string;
  readonly type: AttributeType;
  /** What it does, in one or two sentences of Markdown for docs/options.md. */
  readonly meaning: string;
  /** What holds when it is absent, as Markdown. */
  readonly defaultText: string;
  /** A value as one would write it, HCL. */
  readonly example: string;
  /** Whether a value with a line break in it is a text of many lines. Elsewhere no control character may stand. */
  readonly mayHaveLines?: true;
}

/** `key { … }`. */
export interface BlockOption {
  readonly kind: 'block';
  readonly name: string;
  readonly isRepeatable: boolean;
  readonly meaning: string;
  readonly options: readonly AttributeOption[];
}

/** The type as Nomad's hclspec writes it. */
export type AttributeType = 'string' | 'number' | 'bool' | 'list(string)' | 'list(map(number))';

/** What one type becomes after reading. The blocks of a `list(map(number))` are merged, the later one wins. */
export interface ValueByType {
  readonly string: string;
  readonly number: number;
  readonly bool: boolean;
  readonly 'list(string)': readonly string[];
  readonly 'list(map(number))': ReadonlyMap<string, number>;
}

/** What the user wrote, option by option; absent is `undefined`, or no element for a repeatable block. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Entry in Table[number] as Entry['name']]: ValueOf<Entry>;
};

type ValueOf<Entry extends Option> = Entry extends AttributeOption
  ? ValueByType[Entry['type']] | undefined
  : Entry extends BlockOption
    ? Entry['isRepeatable'] extends true
      ? readonly OptionValues<Entry['options']>[]
      : OptionValues<Entry['options']> | undefined
    : never;
