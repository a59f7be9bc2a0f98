import { describe, expect, it } from 'vitest';
import { parseHcl } from '../../cli/hcl/parse-hcl.ts';
import { openCli } from '../cli/cli-harness.ts';
import { listFences, readDocuments } from './documents.ts';

const blocks = readDocuments()
  .flatMap(listFences)
  .filter(({ language }) => language === 'hcl');

/** `job "x" { driver = "vm" }` is enough for a job file that has the agent's configuration checked beside it. */
const ANY_JOB = `job "any" {
  group "any" {
    task "any" {
      driver = "vm"
      config {
        image = "local/any.qcow2"
      }
    }
  }
}
`;

describe('HCL in the documents', () => {
  it.each(blocks)('is HCL in $path', async ({ text }) => {
    await expect(parseHcl(text)).resolves.toHaveProperty('value');
  });

  it.each(blocks.filter(({ text }) => /^job "/m.test(text)))(
    'is a job that the check finds nothing wrong with in $path',
    async ({ text }) => {
      await using cli = await openCli();
      await cli.write('job.hcl', text);
      expect(await cli.run('check', 'job.hcl')).toMatchObject({
        code: 0,
        out: '1 file, 1 VM task: 0 errors, 0 warnings\n',
      });
    },
  );

  it.each(blocks.filter(({ text }) => /^plugin "/m.test(text)))(
    'is a configuration that the plugin takes in $path',
    async ({ text }) => {
      await using cli = await openCli();
      await cli.write('agent.hcl', text);
      await cli.write('job.hcl', ANY_JOB);
      expect(await cli.run('check', '--agent', 'agent.hcl', 'job.hcl')).toMatchObject({ code: 0 });
    },
  );
});
