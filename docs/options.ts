import { readFileSync, writeFileSync } from 'node:fs';
import type { AttributeOption, OptionTable } from '../driver/config/option.ts';
import { PLUGIN_OPTIONS } from '../driver/config/plugin-options.ts';
import { TASK_OPTIONS } from '../driver/config/task-options.ts';

/** Writes the tables of options.md from the option tables that the driver itself reads by: `node docs/options.ts`. */

/** options.md with its tables up to date. A table stands between `<!-- table: NAME -->` and `<!-- end -->`. */
export function updateTables(markdown: string): string {
  return markdown.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      return `${begin}${renderTable(findOptions(name))}${end}`;
    },
  );
}

function findOptions(name: string): OptionTable {
  if (name === 'plugin') return PLUGIN_OPTIONS;
  if (name === 'task') return TASK_OPTIONS;
  const block = [...TASK_OPTIONS, ...PLUGIN_OPTIONS].find(option => option.name === name);
  if (block?.kind !== 'block') throw new Error(`Cannot write the table "${name}": there is no such block`);
  return block.options;
}

function renderTable(options: OptionTable): string {
  const rows = options.map(option => {
    if (option.kind === 'attribute') return renderRow(option);
    const type = option.isRepeatable ? 'block, repeatable' : 'block';
    return `| [\`${option.name}\`](#${option.name}) | ${type} | none | | ${option.meaning} |\n`;
  });
  return `| Key | Type | Default | Example | Meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`;
}

function renderRow({ name, type, defaultText, example, meaning }: AttributeOption): string {
  return `| \`${name}\` | ${type} | ${defaultText} | \`${renderExample(name, type, example)}\` | ${meaning} |\n`;
}

function renderExample(name: string, type: AttributeOption['type'], example: string): string {
  return type === 'list(map(number))' ? `${name} ${example}` : `${name} = ${example}`;
}

if (import.meta.main) {
  const file = new URL('options.md', import.meta.url);
  writeFileSync(file, updateTables(readFileSync(file, 'utf8')));
}
