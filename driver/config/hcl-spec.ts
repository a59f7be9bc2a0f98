import type { AttributeOption, Option, OptionTable } from './option.ts';

/**
 * hclspec.Spec as proto-loader takes it: field names as in the .proto file (`keepCase`), where the one of an
 * attribute really is spelled `Attr`.
 */
export type HclSpec =
  | { readonly object: { readonly attributes: Readonly<Record<string, HclSpec>> } }
  | { readonly Attr: { readonly name: string; readonly type: string; readonly required: false } }
  | { readonly block_value: { readonly name: string; readonly required: false; readonly nested: HclSpec } }
  | { readonly block_list: { readonly name: string; readonly nested: HclSpec } };

/**
 * Builds the schema that Nomad decodes a `config` block with.
 *
 * Nothing is required and nothing has a default here: the parser sees what the user wrote, and reports what is
 * missing together with everything else. The root is an object, without which agents from 2.0.3 do not start.
 */
export function buildHclSpec(table: OptionTable): HclSpec {
  return { object: { attributes: Object.fromEntries(table.map(option => [option.name, specOf(option)])) } };
}

function specOf(option: Option): HclSpec {
  if (option.kind === 'attribute') return attributeSpec(option);
  const { name, options } = option;
  const nested = buildHclSpec(options);
  return option.isRepeatable
    ? { block_list: { name, nested } }
    : { block_value: { name, required: false, nested } };
}

function attributeSpec({ name, type }: AttributeOption): HclSpec {
  return { Attr: { name, type, required: false } };
}
