import { describe, expect, it } from 'vitest';
import { HclSyntaxError } from '../../../cli/hcl/hcl-syntax-error.ts';
import { locateLine, parseSteps } from '../../../cli/hcl/locate.ts';
import { scanHcl } from '../../../cli/hcl/scan.ts';

const JOB = `# job "no" {
/* job "no" {
*/
job "a" { // {
  meta { note = "x } y" }
  group "g" {
    task "t" {
      template {
        data = <<-EOT
          network { mac = "no" }
          }
          EOT
      }
      config {
        image = "\${var.x == "}" ? "a" : "b"}.img" # }
        args = [
          "-a", # one, two
          "b",
          # nothing
          "-c\${ "]" }",
        ]
        network { bridge = "br0" }
        network {
          mac    = "52:54:00:00:00:01"
          bridge = "br1"
        }
      }
    }
  }
}
`;

const config = [
  { name: 'job', label: 'a' },
  { name: 'group', label: 'g' },
  { name: 'task', label: 't' },
];

function lineOf(path: string): number {
  return locateLine(scanHcl(JOB), [...config, ...parseSteps(path)]);
}

describe('scanHcl() and locateLine()', () => {
  it.each([
    ['config', 14],
    ['config.image', 15],
    ['config.args', 16],
    ['config.args[0]', 17],
    ['config.args[1]', 18],
    ['config.args[2]', 20],
    ['config.network[0].bridge', 22],
    ['config.network[1]', 23],
    ['config.network[1].mac', 24],
  ])('finds %s in line %i', (path, line) => {
    expect(lineOf(path)).toBe(line);
  });

  it.each([
    ['config.cloud_init.seed', 14],
    ['config.network[1].mode', 23],
    ['config.network[2].mode', 14],
    ['resources', 7],
  ])('falls back for %s to line %i', (path, line) => {
    expect(lineOf(path)).toBe(line);
  });

  it.each([
    [
      'a block without an end',
      'a = 1\njob "x" {\n  b = 2\n',
      2,
      'the block "job" that begins here is never closed',
    ],
    ['a bracket that closes nothing', 'a = 1\n}\n', 2, 'closes nothing'],
    ['a text without an end', 'a = 1\nb = "x\nc = 2\n', 2, 'is never closed'],
    ['a list without an end', 'a = 1\nb = [1,\n2\n', 2, 'this "[" is never closed'],
    ['brackets that cross', 'a = [\n {\n ]\n}', 3, '"]" does not close the "{" of line 2'],
    ['a heredoc without an end', 'b = <<EOT\nx\n', 1, '"<<EOT" is never closed'],
    ['a line that is nothing', 'a = 1\n= 2\n', 2, '"=" is not expected here'],
    ['a name alone', 'job\n', 1, 'after "job" comes "=" or "{"'],
  ])('refuses %s', (_, text, line, message) => {
    const error = catchError(() => scanHcl(text));
    expect(error).toBeInstanceOf(HclSyntaxError);
    expect(error).toMatchObject({ line, message: expect.stringContaining(message) });
  });
});

function catchError(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
