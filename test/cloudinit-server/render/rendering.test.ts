import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SeedError } from '../../../cloudinit-server/errors.ts';
import type { InstanceIdPolicy } from '../../../cloudinit-server/render/instance-id.ts';
import { createSeedRenderer } from '../../../cloudinit-server/render/seed-renderer.ts';
import { buildSeedFacts, buildVmKey, type VmFacts } from '../../../cloudinit-server/render/vm-facts.ts';
import { SEED_FILES, type SeedFile } from '../../../cloudinit-server/seed-files.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { oddYaml } from '../fakes/odd-yaml.ts';
import { createFixedSeedStore, type SeedContents } from '../fakes/seed-stores.ts';

const ID = 'seed-31f48efb808e88a2781b';

interface Lab {
  readonly policy?: InstanceIdPolicy;
  readonly bumps?: number;
  readonly guestAgent?: boolean;
  readonly vm?: Partial<VmFacts>;
  readonly config?: string;
  /** Paths and files that fail, such as `_default/user-data`, with these codes. */
  readonly failing?: Readonly<Record<string, SeedError['code']>>;
}

/** Renders files of the seed "lab/alice" among these. */
function open(seeds: Readonly<Record<string, SeedContents>>, lab: Lab = {}) {
  const inner = createFixedSeedStore({ 'lab/alice': {}, ...seeds });
  const fail = <T extends { path: string; readFile: (file: SeedFile) => Promise<Buffer | undefined> }>(
    layer: T,
  ): T => ({
    ...layer,
    readFile: async (file: SeedFile) => {
      const code = lab.failing?.[`${layer.path}/${file}`];
      if (code !== undefined) throw new SeedError(code, 'Cannot read it; repair it');
      return layer.readFile(file);
    },
  });
  const store = {
    ...inner,
    findDefaults: async (path: string | undefined) => (await inner.findDefaults(path)).map(fail),
  };
  const renderer = createSeedRenderer({
    store,
    bumps: { find: () => lab.bumps ?? 0 },
    instanceIdPolicy: lab.policy,
    guestAgent: lab.guestAgent,
  });
  const target = async () => {
    const seed = await store.findSeed('lab/alice');
    if (seed === undefined) throw new Error('no seed');
    const vm = { ...buildSeedFacts(seed), ...lab.vm };
    return { seed: fail(seed), vm, serverUrl: 'http://10.0.0.1:8000', vendorConfig: lab.config };
  };
  return {
    render: async (file: SeedFile) => {
      const { body, ...rest } = await renderer.render(file, await target());
      return { text: body.toString(), ...rest };
    },
    readInstanceId: async () => renderer.readInstanceId(await target()),
  };
}

async function text(file: SeedFile, seeds: Readonly<Record<string, SeedContents>>, lab: Lab = {}) {
  return (await open(seeds, lab).render(file)).text;
}

const registered: Partial<VmFacts> = {
  key: buildVmKey('default/web/vm/vm/0'),
  registered: {
    uuid: '00000000-0000-4000-8000-000000000001',
    macAddresses: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
    namespace: 'default',
    job: 'web',
    group: 'vm',
    task: 'vm',
    index: 0,
    node: 'node1',
  },
};

describe('createSeedRenderer()', () => {
  it('gives a VM without files what costs it nothing', async () => {
    const lab = open({});
    const files = await Promise.all(SEED_FILES.map(file => lab.render(file)));
    expect(files.map(file => file.text)).toEqual([
      `instance-id: "${ID}"\nlocal-hostname: "alice"\n`,
      '',
      '',
      '',
    ]);
    expect(files.flatMap(file => file.notes)).toEqual([]);
  });

  it.each(SEED_FILES)('serves a %s of a plain folder to the byte', async file => {
    const written = 'instance-id:   mine # why\r\nother: [ 0644, 12e3 ]';
    expect(await text(file, { 'lab/alice': { [file]: written } })).toBe(written);
  });

  it.each(['user-data', 'network-config'] as const)('takes %s whole from the strongest layer', async file => {
    const seeds = {
      _default: { [file]: 'all' },
      'lab/_default': { [file]: 'group' },
      other: { [file]: 'x' },
    };
    expect(await text(file, seeds)).toBe('group');
    expect(await text(file, { ...seeds, 'lab/alice': { [file]: 'own' } })).toBe('own');
    expect(await text(file, { ...seeds, 'lab/alice': { [file]: '' } })).toBe('');
    expect(await text(file, { _default: { [file]: 'all' } })).toBe('all');
  });

  it('merges meta-data key by key, with what is generated at the bottom', async () => {
    const seeds = {
      _default: { 'meta-data': 'a: all\nb: all\nc: 0644\n' },
      'lab/_default': { 'meta-data': 'b: group\n' },
      'lab/alice': { 'meta-data': 'a: own\n' },
    };
    expect(await text('meta-data', seeds)).toBe(
      `a: own\nb: group\nc: 0644\ninstance-id: "${ID}"\nlocal-hostname: "alice"\n`,
    );
  });

  it.each(['', '# nothing yet\n', 'local-hostname: web\n', '{"local-hostname": "web"}'])(
    'completes the meta-data %j',
    async written => {
      const value = parse(await text('meta-data', { 'lab/alice': { 'meta-data': written } }));
      expect(value).toEqual({
        'instance-id': ID,
        'local-hostname': written.includes('web') ? 'web' : 'alice',
      });
    },
  );

  it.each(['- a\n', 'a: [', 'a: b\n...\nc: d\n'])('leaves the meta-data %j as it is', async written => {
    const seeds = { _default: { 'meta-data': 'x: y\n' }, 'lab/alice': { 'meta-data': written } };
    expect(await text('meta-data', seeds)).toBe(written);
    expect(await open(seeds).readInstanceId()).toEqual({ id: 'nocloud', origin: 'author' });
  });

  it('fills in vendor-data by top-level key, with the server at the bottom', async () => {
    const seeds = {
      _default: { 'vendor-data': '#cloud-config\npackages: [all]\nntp: {enabled: true}\nx: all\n' },
      'lab/_default': { 'vendor-data': '#cloud-config\npackages: [group]\n' },
      'lab/alice': { 'vendor-data': '#cloud-config\nx: own\n' },
    };
    const { text, asksForReports } = await open(seeds, {
      config: '#cloud-config\nx: ours\nphone_home: {}\n',
    }).render('vendor-data');
    expect(asksForReports).toBe(true);
    expect(text).toBe('#cloud-config\nx: own\npackages: [group]\nntp: {enabled: true}\nphone_home: {}\n');
  });

  it('stops at what is no cloud-config', async () => {
    const script = '#!/bin/sh\n';
    const config = '#cloud-config\nphone_home: {}\n';
    const own = await open(
      { 'lab/alice': { 'vendor-data': script }, _default: { 'vendor-data': '#cloud-config\na: b\n' } },
      { config },
    ).render('vendor-data');
    expect(own).toEqual({
      text: script,
      asksForReports: false,
      notes: [{ message: 'vendor-data left alone, guest not observed', reason: 'it is no "#cloud-config"' }],
    });
    const group = await open(
      {
        'lab/alice': { 'vendor-data': '#cloud-config\na: b\n' },
        'lab/_default': { 'vendor-data': script },
        _default: { 'vendor-data': '#cloud-config\nc: d\n' },
      },
      { config },
    ).render('vendor-data');
    expect(group).toEqual({
      text: '#cloud-config\na: b\nphone_home: {}\n',
      asksForReports: true,
      notes: [{ message: 'weaker layer left out', reason: '"lab/_default": it is no "#cloud-config"' }],
    });
  });

  it('never takes a stronger layer from the guest, whatever is in a weaker one', async () => {
    const own = '#cloud-config\nusers: [alice]\nhostname: x\n';
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('_default', 'lab/_default'),
        fc.oneof(
          oddYaml,
          oddYaml.map(text => `#cloud-config\n${text}`),
        ),
        async (path, odd) => {
          const files = { 'user-data': odd, 'vendor-data': odd, 'meta-data': odd, 'network-config': odd };
          const mine = { 'user-data': own, 'vendor-data': own, 'network-config': own };
          const lab = open({ [path]: files, 'lab/alice': { ...mine, 'meta-data': 'instance-id: me\n' } });
          expect((await lab.render('user-data')).text).toBe(own);
          expect((await lab.render('network-config')).text).toBe(own);
          expect((await lab.render('vendor-data')).text.startsWith(own)).toBe(true);
          expect((await lab.render('meta-data')).text.startsWith('instance-id: me\n')).toBe(true);
        },
      ),
      { numRuns: fuzzRuns(60) },
    );
  });

  it('serves the stronger layer alone when a weaker one cannot be read', async () => {
    const failing = {
      '_default/user-data': 'seed-file-unreadable',
      '_default/vendor-data': 'seed-file-unreadable',
      '_default/meta-data': 'seed-file-too-large',
    } as const;
    const own = { 'user-data': 'x', 'vendor-data': '#cloud-config\na: b\n', 'meta-data': 'a: b\n' };
    const lab = open({ 'lab/alice': own, _default: {} }, { failing });
    expect(await lab.render('user-data')).toMatchObject({ text: 'x', notes: [] });
    const note = { message: 'weaker layer left out', reason: '"_default": Cannot read it; repair it' };
    expect(await lab.render('vendor-data')).toMatchObject({ text: own['vendor-data'], notes: [note] });
    expect((await lab.render('meta-data')).text).toContain(ID);
    await expect(open({ _default: {} }, { failing }).render('user-data')).rejects.toThrow('Cannot read it');
  });

  it('guesses no instance-id while what may hold it cannot be read', async () => {
    const failing = { '_default/meta-data': 'seed-file-unreadable' } as const;
    const render = (own: string) =>
      text('meta-data', { 'lab/alice': { 'meta-data': own }, _default: {} }, { failing });
    await expect(render('a: b\n')).rejects.toThrow('Cannot read it');
    expect(await render('instance-id: me\n')).toContain('instance-id: me\n');
  });
});

describe('variables of a seed', () => {
  it('are replaced in every file and layer', async () => {
    const seeds = {
      _default: { 'vendor-data': '#cloud-config\nb: @{vm.hostname}\nc: "@{server.url}/x"\n' },
      'lab/alice': { 'vendor-data': '#cloud-config\na: [@{vm.seed}, "@{vm.instance_id}"]\n' },
    };
    expect(await text('vendor-data', seeds)).toBe(
      `#cloud-config\na: [lab/alice, "${ID}"]\nb: alice\nc: "http://10.0.0.1:8000/x"\n`,
    );
  });

  it('know what a driver has registered', async () => {
    const names = 'uuid mac namespace job group task index node'.split(' ');
    const written = names.map(name => `@{vm.${name}}`).join(' ');
    expect(await text('user-data', { 'lab/alice': { 'user-data': written } }, { vm: registered })).toBe(
      '00000000-0000-4000-8000-000000000001 52:54:00:00:00:01 default web vm vm 0 node1',
    );
    expect(await open({ 'lab/alice': { 'user-data': written } }).render('user-data')).toMatchObject({
      text: written,
      notes: [
        {
          message: 'variable without a value left as it is',
          reason: names.map(name => `vm.${name}`).join(', '),
        },
      ],
    });
  });

  it('leave out a value that would break the YAML around it', async () => {
    const seeds = { 'lab/alice': { 'user-data': 'a: @{vm.name}' } };
    expect(await text('user-data', seeds, { vm: { name: 'x: y' } })).toBe('a: @{vm.name}');
  });

  it('stand for the id that the author wrote', async () => {
    const seeds = {
      'lab/_default': { 'meta-data': 'instance-id: "@{vm.name}-@{vm.instance_id}"\n' },
      'lab/alice': { 'user-data': 'id @{vm.instance_id}' },
    };
    expect(await text('user-data', seeds)).toBe(`id alice-${ID}`);
    expect(await text('meta-data', seeds)).toContain(`instance-id: "alice-${ID}"`);
    expect(await open(seeds).readInstanceId()).toEqual({ id: `alice-${ID}`, origin: 'author' });
  });
});

describe('instance-id', () => {
  it('stays with the policy "stable", whatever is edited, until it is bumped', async () => {
    const edited = { 'lab/alice': { 'user-data': 'x' } };
    expect(await open(edited).readInstanceId()).toEqual({ id: ID, origin: 'generated' });
    expect(await open(edited, { bumps: 2 }).readInstanceId()).toMatchObject({ id: `${ID}-3` });
    expect(await text('meta-data', edited, { bumps: 2 })).toContain(`instance-id: "${ID}-3"`);
  });

  it('is of the identity that a driver has registered', async () => {
    expect((await open({}, { vm: registered }).readInstanceId()).id).toMatch(/^vm-[0-9a-f]{20}$/);
  });

  it('changes with each file with the policy "content", and with nothing else', async () => {
    const read = async (seeds: Readonly<Record<string, SeedContents>>, lab: Lab = {}) =>
      (await open(seeds, { policy: 'content', ...lab }).readInstanceId()).id;
    const base = await read({});
    expect(base).toMatch(new RegExp(`^${ID}-[0-9a-f]{12}$`));
    const ids = [
      base,
      await read({ 'lab/alice': { 'user-data': 'x' } }),
      await read({ 'lab/alice': { 'network-config': 'x' } }),
      await read({ _default: { 'vendor-data': '#cloud-config\nx: y\n' } }),
      await read({}, { bumps: 1 }),
      await read({}, { vm: registered }),
      await read({ 'lab/alice': { 'user-data': '@{vm.node}' } }, { vm: registered }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const same of [
      { 'lab/alice': { 'meta-data': 'a: b\n' } },
      { 'lab/_default': { 'user-data': '' } },
      { other: { 'user-data': 'x' } },
    ]) {
      expect(await read(same)).toBe(base);
    }
    expect(await read({}, { config: '#cloud-config\nphone_home: {}\n', guestAgent: true })).toBe(base);
  });

  it('may be used in the files that it depends on', async () => {
    const seeds = { 'lab/alice': { 'user-data': '@{vm.instance_id} @{server.url}' } };
    const { id } = await open(seeds, { policy: 'content' }).readInstanceId();
    expect(await text('user-data', seeds, { policy: 'content' })).toBe(`${id} http://10.0.0.1:8000`);
  });

  it('is not guessed while a file cannot be read, and goes on without one that must be repaired', async () => {
    const read = (code: SeedError['code']) =>
      open(
        { _default: {} },
        { policy: 'content', failing: { '_default/vendor-data': code } },
      ).readInstanceId();
    await expect(read('seed-file-unreadable')).rejects.toThrow('Cannot read it');
    expect(await read('seed-file-too-large')).toEqual(await open({}, { policy: 'content' }).readInstanceId());
  });

  it('is the VM’s own policy before the server’s', async () => {
    const vm = { instanceIdPolicy: 'stable' } as const;
    expect((await open({}, { policy: 'content', vm }).readInstanceId()).id).toBe(ID);
  });
});
