import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const markdown = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8');

/** Files whose every message a user may have to look up. */
const COVERED = [
  'qemu/check-bridge.ts',
  'qemu/image-header.ts',
  'qemu/image-inspection.ts',
  'qemu/start-failure.ts',
  ...list('driver/start'),
  ...list('driver/cloud-init'),
  ...list('driver/config').filter(path => !/(options|blocks)\.ts$/.test(path)),
];

function list(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name));
}

/** A source as its texts read at run time: quotes are not escaped there. */
function readSource(path: string): string {
  return readFileSync(join(root, path), 'utf8').replace(/\\(['"`])/g, '$1');
}

const sources = ['driver', 'qemu', 'cloudinit-server', 'cli'].flatMap(list).map(readSource).join('\n');

/** The first cells of the tables whose head says that they hold messages. */
function listMessages(): readonly string[] {
  return markdown
    .split('\n\n')
    .filter(block => /^\|\s*Message\s*\|/.test(block))
    .flatMap(table => table.trim().split('\n').slice(2))
    .map(row => /^\|\s*`([^`]+)`/.exec(row)?.[1] ?? row);
}

/** The fixed parts of a message; `…` stands for what differs. */
function fixedParts(message: string): readonly string[] {
  return message.split('…').filter(part => part.trim().length > 1);
}

/** Texts of a source that say what is wrong and, after a semicolon, what to do. */
function listCures(path: string): readonly string[] {
  const code = readFileSync(join(root, path), 'utf8').replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  const texts = code.matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])+; [a-z](?:\\.|(?!\1)[^\\\n])*)\1/g);
  const reasons = code.matchAll(/\breason(?: =|:)\s+(['"`])((?:\\.|(?!\1)[^\\\n])+)\1/g);
  return [...texts, ...reasons].map(([, , text = '']) => text.replace(/\\(['"`])/g, '$1'));
}

describe('docs/troubleshooting.md', () => {
  it('quotes only messages that the sources have', () => {
    const isQuote = (parts: readonly string[]) =>
      parts.length > 0 && parts.every(part => sources.includes(part));
    expect(listMessages().length).toBeGreaterThan(100);
    expect(listMessages().filter(message => !isQuote(fixedParts(message)))).toEqual([]);
  });

  it.each(COVERED)('has every message of %s', path => {
    const known = listMessages().map(fixedParts);
    const missing = listCures(path).filter(
      text => !known.some(parts => parts.every(part => text.includes(part))),
    );
    expect(missing).toEqual([]);
  });
});
