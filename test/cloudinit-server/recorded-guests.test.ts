import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { buildStableId } from '../../cloudinit-server/render/instance-id.ts';
import { listen } from './fakes/listening-server.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

const USER_DATA = '#cloud-config\nusers: [default]\n';

/** What real guests sent, one object a line. */
const RECORDINGS = ['bookworm-22.4.2', 'trixie-25.1.4', 'trixie-25.1.4-vendordata'];

describe('recorded guests', () => {
  it.each(RECORDINGS)(
    '%s gets every file it asks for, once and at once, from a folder of one file',
    async name => {
      const requests = readRecording(name);
      expect(requests.length).toBeGreaterThanOrEqual(3);
      await using folder = await createTemporaryFolder();
      const seed = requests[0]?.path.split('/')[1] ?? '';
      await folder.write(`${seed}/user-data`, USER_DATA);
      await using server = await listen(createFolderSeedStore(folder.path));
      const bodies = new Map<string, string>();
      for (const { path, headers } of requests) {
        const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`);
        // A guest opens a connection for each request and closes it when it has the answer.
        const bytes = `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`.replace('keep-alive', 'close');
        const [head = '', body = ''] = (await server.send(bytes)).split('\r\n\r\n');
        expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        expect(head.toLowerCase()).toContain(`content-length: ${body.length}`);
        bodies.set(path.slice(seed.length + 2), body);
      }
      expect(Object.fromEntries(bodies)).toMatchObject({
        'meta-data': `instance-id: "${buildStableId(`seed:${seed}`)}"\nlocal-hostname: "${seed}"\n`,
        'user-data': USER_DATA,
        'vendor-data': '',
      });
      expect(bodies.size).toBe(requests.length);
      expect(bodies.get('network-config')).toBe(name.startsWith('trixie') ? '' : undefined);
    },
  );
});

interface RecordedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

function readRecording(name: string): readonly RecordedRequest[] {
  const file = new URL(`../fixtures/cloud-init/${name}.requests.jsonl`, import.meta.url);
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
}
