import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../driver/config/problem.ts';
import { readOptions } from '../../../driver/config/read-options.ts';
import { TASK_OPTIONS } from '../../../driver/config/task-options.ts';

function read(raw: unknown) {
  const problems: Problem[] = [];
  const values = readOptions(TASK_OPTIONS, raw, 'config', (path, message) =>
    problems.push({ path, message }),
  );
  return { values, problems, lines: problems.map(({ path, message }) => `${path}: ${message}`) };
}

describe('readOptions()', () => {
  it('takes nil as absent', () => {
    const { values, problems } = read({ image: null, cpus: null, network: [], cloud_init: null });
    expect(problems).toEqual([]);
    expect(values).toMatchObject({ image: undefined, cpus: undefined, network: [], cloud_init: undefined });
  });

  it('converts as Nomad does', () => {
    const { values, problems } = read({ name: 5, cpus: '2', guest_agent: 'true', args: ['-m', 1] });
    expect(problems).toEqual([]);
    expect(values).toMatchObject({ name: '5', cpus: 2, guest_agent: true, args: ['-m', '1'] });
  });

  it('merges the blocks of port_map, the later wins', () => {
    const { values } = read({ port_map: [{ http: 80, ssh: 22 }, { http: '8080' }] });
    expect(values.port_map).toEqual(new Map([['http', 8080], ['ssh', 22]])); // biome-ignore format: a map reads best in one line
  });

  it('reads a single block as Nomad sends it and as a job file holds it', () => {
    expect(read({ cloud_init: { seed: 'alice' } }).values.cloud_init?.seed).toBe('alice');
    expect(read({ cloud_init: [{ seed: 'alice' }] }).values.cloud_init?.seed).toBe('alice');
  });

  it('refuses a second single block', () => {
    expect(read({ cloud_init: [{ seed: 'a' }, { seed: 'b' }] }).lines).toEqual([
      'config.cloud_init: is written 2 times, but only one such block is possible',
    ]);
  });

  it('names what a mistyped option was meant to be', () => {
    expect(read({ imagepath: 'x', network: [{ brigde: 'br0' }], frobnicate: 1 }).lines).toEqual([
      'config.imagepath: there is no such option; did you mean "image_path"?',
      expect.stringContaining(
        'config.frobnicate: there is no such option; the options are image, image_path',
      ),
      'config.network[0].brigde: there is no such option; did you mean "bridge"?',
    ]);
  });

  it.each([
    ['list for a text', { image: ['a'] }, 'config.image: is a list, but must be a text in double quotes'],
    ['text for a number', { cpus: 'two' }, 'config.cpus: is "two", but must be a number'],
    ['number for a bool', { guest_agent: 1 }, 'config.guest_agent: is "1", but must be true or false'],
    [
      'text for a list',
      { args: '-s' },
      'config.args: is "-s", but must be a list of texts such as ["a", "b"]',
    ],
    ['map for port_map', { port_map: { a: 1 } }, 'config.port_map: is a block, but must be a block of'],
    ['text for a block', { network: 'br0' }, 'config.network[0]: must be a block of options'],
  ])('refuses a %s', (_, raw, line) => {
    expect(read(raw).lines).toEqual([expect.stringContaining(line)]);
  });

  it.each(['\n', '\r', '\0', '\t', '\u001b', '\u0085', '\u2028'])(
    'refuses control character %j anywhere',
    letter => {
      const bad = `a${letter}b`;
      const { problems } = read({
        image: bad,
        args: ['-s', bad],
        network: [{ bridge: bad }],
        cloud_init: { seed: bad },
      });
      expect(problems.map(problem => problem.path)).toEqual([
        'config.image',
        'config.args[1]',
        'config.network[0].bridge',
        'config.cloud_init.seed',
      ]);
      expect(problems[0]?.message).toContain('position 2');
    },
  );
});
