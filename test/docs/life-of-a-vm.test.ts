import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../driver/task-exit.ts';
import { buildStopLadder, type StopAction } from '../../qemu/stop-ladder.ts';

const root = join(import.meta.dirname, '..', '..');
const markdown = readFileSync(join(root, 'docs', 'life-of-a-vm.md'), 'utf8');

function readFolder(folder: string, ending: string): string {
  const all = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const names = all.filter(name => name.endsWith(ending));
  return names.map(name => readFileSync(join(root, folder, name), 'utf8')).join('\n');
}

/** The cells of the table whose head begins with this word, row by row. */
function rowsOf(head: string): readonly (readonly string[])[] {
  const table = markdown.split('\n\n').find(block => new RegExp(`^\\|\\s*${head}\\s*\\|`).test(block)) ?? '';
  return table
    .split('\n')
    .slice(2)
    .filter(row => row !== '')
    .map(row => row.split('|').map(cell => cell.trim()));
}

describe('docs/life-of-a-vm.md', () => {
  const events = rowsOf('Event');

  it('has each event shown by a lab test of that name', () => {
    const titles = [...readFolder('test/lab', '.test.ts').matchAll(/^ {2}it\(\s*'([^']+)'/gm)];
    // A test that needs several minutes of a VM may show several events: "guest panics, host reboots".
    const shown = new Set(titles.flatMap(([, title = '']) => [title, ...title.split(', ')]));
    expect(events.length).toBeGreaterThan(20);
    expect(events.map(([, event = '']) => event).filter(event => !shown.has(event))).toEqual([]);
  });

  it('has what becomes of a VM without its node shown by the lab test that it names', () => {
    const named = rowsOf('What happens').map(([, , , title = '']) => title);
    expect(named.length).toBeGreaterThan(4);
    const tests = readFileSync(join(root, 'test/lab/nodes.test.ts'), 'utf8');
    expect(named.filter(title => !tests.includes(`'${title}'`))).toEqual([]);
  });

  it.each([
    ['Until', 2, true],
    ['Without an agent', 3, false],
  ])('has the steps of a stop with their shares of the deadline: %s', (_, column, hasGuestAgent) => {
    const words: Readonly<Record<StopAction, string>> = {
      'guest-agent': 'guest agent',
      'acpi-powerdown': 'power button',
      'qmp-quit': 'told to quit',
      sigkill: 'SIGKILL',
    };
    const steps = rowsOf('Step').filter(cells => cells[column] !== 'left out');
    const ladder = buildStopLadder({ deadlineMs: 100, isGraceful: true, hasGuestAgent });
    expect(steps.map(cells => cells[column])).toEqual(ladder.map(({ waitUntilMs }) => `${waitUntilMs} %`));
    for (const [index, { action }] of ladder.entries()) expect(steps[index]?.[1]).toContain(words[action]);
  });

  it('has the exit codes of the driver', () => {
    const codes = rowsOf('Exit code').map(([, code]) => code);
    for (const code of Object.values(EXIT_CODES)) expect(codes).toContain(String(code));
  });

  it('quotes messages as the driver has them', () => {
    const sources = readFolder('driver', '.ts').replace(/\\(['"`])/g, '$1');
    const quotes = events.flatMap(([, , , message = '']) => [...message.matchAll(/`([^`]+)`/g)]);
    const parts = quotes
      .flatMap(([, quote = '']) => quote.replace(/^VM ended: /, '').split('…'))
      .map(part => part.replace(/^(stopped by) .*|(.*by signal) \d.*/, '$1$2').replace(/:? $/, ''))
      .filter(part => part.length > 2);
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.filter(part => !sources.includes(part))).toEqual([]);
  });
});
