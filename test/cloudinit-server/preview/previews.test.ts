import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { SEED_FILES } from '../../../cloudinit-server/seed-files.ts';
import { type ObservingServer, readVms, startObservingServer } from '../observe/observing-server.ts';

describe('/vms/<vm>/render', () => {
  it('has all files, or one', async () => {
    await using server = await startObservingServer(['lab/vm1']);
    const read = async (query: string) => (await server.admin(`/vms/lab%2Fvm1/render${query}`)).json();
    expect(await read('')).toMatchObject({
      vm: 'lab/vm1',
      instance_id_from: 'generated',
      files: [
        { file: 'meta-data' },
        { file: 'user-data', bytes: 14, text: '#cloud-config\n', notes: [] },
        { file: 'vendor-data' },
        { file: 'network-config', bytes: 0 },
      ],
    });
    expect((await read('?file=user-data')).files).toHaveLength(1);
  });

  it('is of no effect: no VM is made, and nothing counts as served', async () => {
    await using server = await startObservingServer(['vm1']);
    const { files } = await (await server.admin('/vms/vm1/render')).json();
    expect(files[2].text).toContain('@{server.url}/-/events/<redacted>');
    expect(files[2].notes).toEqual([
      { message: 'variable without a value left as it is', reason: 'server.url' },
    ]);
    expect(await readVms(server)).toEqual([]);
    await server.get('/vm1/user-data', 'curl/8');
    const diff = await (await server.admin('/vms/vm1/diff')).json();
    expect(diff.files[1]).toMatchObject({ file: 'user-data', state: 'never-served' });
  });

  it.each([
    ['/vms/nobody/render', 404, 'there is no VM and no seed "nobody"'],
    ['/vms/..%2Fseeds%2Fvm1/render', 404, 'no VM and no seed'],
    ['/vms/vm1%2F..%2Fvm1/diff', 404, 'no VM and no seed'],
    ['/vms/.hidden/diff', 404, 'no VM and no seed'],
    ['/vms/-/render', 404, 'no seed "."'],
    ['/vms/vm1/render?file=passwd', 400, 'file is "passwd", wanted one of meta-data'],
    ['/vms/vm1/render?file=user-data&file=meta-data', 400, 'file is ["user-data","meta-data"]'],
  ])('answers %s with %i', async (path, status, message) => {
    await using server = await startObservingServer(['vm1']);
    await server.folder.write('seeds/.hidden/user-data', 'x');
    const response = await server.admin(path);
    expect(response.status).toBe(status);
    expect((await response.json()).error).toContain(message);
  });

  it('tells what is wrong with the files, by the cloud-init that the VM was last seen with', async () => {
    await using server = await startObservingServer(['vm1']);
    await server.folder.write(
      'seeds/vm1/user-data',
      '#cloud-config\nssh_import_id: [gh:a]\nubuntu_pro: {enable: [esm-infra]}\n',
    );
    const read = async () => (await (await server.admin('/vms/vm1/render')).json()).findings;
    expect(await read()).toEqual([]);
    await server.get('/vm1/user-data', 'Cloud-Init/22.4.2');
    expect(await read()).toMatchObject([{ file: 'user-data', line: 3, rule: 'newer-key' }]);
    expect((await (await server.admin('/vms/vm1/render?file=meta-data')).json()).findings).toEqual([]);
  });

  it('says what cannot be read', async () => {
    await using server = await startObservingServer(['vm1']);
    await rename(`${server.folder.path}/seeds`, `${server.folder.path}/away`);
    const response = await server.admin('/vms/vm1/render');
    expect(response.status).toBe(503);
    expect((await response.json()).error).toContain('there is no such folder');
  });
});

describe('POST /vms/<vm>/render and diff', () => {
  const send = (server: ObservingServer, path: string, body: string, type = 'application/json') =>
    server.admin(path, { method: 'POST', body, headers: { ...server.authorization, 'content-type': type } });

  it('show what files would do that are not saved yet, and what is wrong with them, and change nothing', async () => {
    await using server = await startObservingServer(['vm1']);
    await server.folder.write('seeds/_default/vendor-data', '#cloud-config\nntp: {enabled: true}\n');
    for (const file of SEED_FILES) await server.get(`/vm1/${file}`);
    const files = {
      'user-data': '#cloud-config\nhostname: @{vm.name}\npackges: [vim]\npassword: hunter2\n',
      'vendor-data': '#cloud-config\nlocale: C\n',
    };
    const draft = JSON.stringify({ files });
    const rendered = await (await send(server, '/vms/vm1/render', draft)).json();
    expect(rendered.files[1].text).toBe(
      '#cloud-config\nhostname: vm1\npackges: [vim]\npassword: <redacted>\n',
    );
    expect(rendered.files[2].text).toContain('locale: C\nntp: {enabled: true}\n');
    expect(rendered.findings).toContainEqual(expect.objectContaining({ file: 'user-data', line: 3 }));
    const diff = await (await send(server, '/vms/vm1/diff', draft)).json();
    expect(diff.files.map(({ state }: { state: string }) => state)).toEqual([
      'same',
      'changed',
      'changed',
      'same',
    ]);
    expect(diff.files[1].diff).toContain('+hostname: vm1\n');
    expect(await (await server.get('/vm1/user-data')).text()).toBe('#cloud-config\n');
    expect((await (await server.admin('/vms/vm1/diff')).json()).files[1].state).toBe('same');
  });

  it.each([
    ['/vms/nobody/render', '{"files": {}}', 404, 'there is no VM and no seed "nobody"'],
    ['/vms/vm1/render?file=passwd', '{"files": {}}', 400, 'file is "passwd"'],
    ['/vms/vm1/render', '[]', 400, 'the body is a list, wanted an object with "files"'],
    ['/vms/vm1/diff', '{}', 400, 'files is missing, wanted an object'],
    ['/vms/vm1/diff', '{"files": {"passwd": "", "user-data": 1}, "x": 1}', 400, 'files has "passwd"'],
    ['/vms/vm1/render', '{', 400, 'JSON'],
    [
      '/vms/vm1/render',
      JSON.stringify({ files: { 'user-data': 'x'.repeat(1024 ** 2 + 1) } }),
      400,
      'too large',
    ],
    ['/vms/vm1/render', ' '.repeat(2 * 1024 ** 2 + 1), 413, 'too large'],
  ])('answer %s with %.30s by %i', async (path, body, status, message) => {
    await using server = await startObservingServer(['vm1']);
    const response = await send(server, path, body);
    expect(response.status).toBe(status);
    expect((await response.json()).error).toContain(message);
  });
});

describe('/vms/<vm>/diff', () => {
  it('compares with what the VM got, token and address included', async () => {
    await using server = await startObservingServer(['vm1']);
    for (const file of ['meta-data', 'user-data', 'vendor-data']) await server.get(`/vm1/${file}`);
    const read = async () => (await server.admin('/vms/vm1/diff')).json();
    const states = (report: { files: readonly { state: string }[] }) =>
      report.files.map(({ state }) => state);
    expect(states(await read())).toEqual(['same', 'same', 'same', 'never-served']);
    await server.folder.write('seeds/_default/vendor-data', '#cloud-config\npackages: [htop]\n');
    const changed = await read();
    expect(states(changed)).toEqual(['same', 'same', 'changed', 'never-served']);
    expect(changed.files[2].diff).toContain('+packages: [htop]\n');
  });
});
