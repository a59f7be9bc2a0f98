import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCli } from '../cli/cli-harness.ts';
import { type Document, ROOT, readDocuments } from './documents.ts';

const documents = readDocuments();

/** `nomad-vm …` as the documents show it: in code, up to the end of the line, span or pipe. */
function listCommandLines({ text }: Document): readonly string[] {
  const code = [...text.matchAll(/```\w*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
    ([, fence, span]) => fence ?? span ?? '',
  );
  return code
    .flatMap(part => part.match(/^(?:\$ )?nomad-vm .*$/gm) ?? [])
    .map(line => line.split('|')[0] ?? '');
}

/** What `nomad-vm COMMAND --help` prints; undefined for an unknown command. */
async function readHelp(command: string): Promise<string | undefined> {
  await using cli = await openCli();
  const { code, out } = await cli.run(command, '--help');
  // For a command that it does not know, the program prints its own help.
  return code === 0 && out.startsWith(`Usage: nomad-vm ${command} `) ? out : undefined;
}

async function findTrouble(line: string): Promise<string | undefined> {
  const [, command = '', ...rest] = line.replace(/^\$ /, '').trim().split(/\s+/);
  // Placeholders and the help itself.
  if (command === '--help' || command === 'COMMAND') return undefined;
  const help = command.startsWith('-') ? undefined : await readHelp(command);
  if (help === undefined) return `${line}: there is no such command`;
  const unknown = rest.filter(word => word.startsWith('--') && !help.includes(`${word} `));
  return unknown.length === 0 ? undefined : `${line}: has no ${unknown.join(', ')}`;
}

describe('commands in the documents', () => {
  it.each(documents)('are those of nomad-vm in $path', async ({ path, text }) => {
    const troubles = await Promise.all(listCommandLines({ path, text }).map(findTrouble));
    expect(troubles.filter(trouble => trouble !== undefined)).toEqual([]);
  });

  it('are found at all', () => {
    expect(documents.flatMap(listCommandLines).length).toBeGreaterThan(10);
  });

  it('are scripts of package.json where npm runs them', () => {
    // package.json is ours.
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const named = documents.flatMap(({ text }) =>
      [...text.matchAll(/npm (?:run ([\w:]+)|(test))\b/g)].map(([, script, test]) => script ?? test ?? ''),
    );
    expect(named.filter(name => !(name in scripts))).toEqual([]);
  });
});
