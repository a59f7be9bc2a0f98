// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL's own.
import { describe, expect, it } from 'vitest';
import { openCli } from '../cli-harness.ts';

function job(
  name: string,
  config: string,
  options: { group?: string; job?: string; task?: string } = {},
): string {
  return `job "${name}" {
  ${options.job ?? ''}
  group "g" {
    ${options.group ?? ''}
    task "t" {
      driver = "vm"
      ${options.task ?? 'kill_timeout = "30s"'}
      config {
${config}
      }
    }
  }
}
`;
}

const GOOD = 'image = "a.img"\nnetwork {\n  bridge = "br0"\n}';

/** Findings of one file as `line: [warning: ]path: message`. */
async function findings(text: string, ...argv: readonly string[]): Promise<readonly string[]> {
  await using cli = await openCli();
  await cli.write('job.hcl', text);
  const { out } = await cli.run('check', ...argv, 'job.hcl');
  return out
    .split('\n')
    .flatMap(line => (line.startsWith('job.hcl:') ? [line.slice('job.hcl:'.length)] : []));
}

describe('check', () => {
  it('finds nothing wrong with a good job', async () => {
    await using cli = await openCli();
    await cli.write('job.hcl', job('a', GOOD));
    expect(await cli.run('check', 'job.hcl')).toEqual({
      code: 0,
      out: '1 file, 1 VM task: 0 errors, 0 warnings\n',
      err: '',
    });
  });

  it('leaves alone the tasks of other drivers', async () => {
    expect(await findings(job('a', 'image = 5').replace('"vm"', '"docker"'))).toEqual([]);
  });

  it('names line, option and cure of every problem', async () => {
    const config =
      'imagee = "x"\ncpus = "two"\nargs = [\n  "a",\n  "b\\n",\n]\nnetwork {\n  bridge = "br0"\n  mac = "zz"\n}';
    expect(await findings(job('a', config))).toEqual([
      '8: config.image: is missing; name the disk image, such as image = "local/debian-12.qcow2"',
      '9: config.imagee: there is no such option; did you mean "image"?',
      '10: config.cpus: is "two", but must be a number',
      expect.stringMatching(/^11: warning: config\.args: /),
      expect.stringMatching(/^13: config\.args\[1\]: "b\\n" holds a control character/),
      '17: config.network[0].mac: Cannot use "zz" as a MAC address: it must be six hexadecimal pairs, such as "52:54:00:12:34:56"',
    ]);
  });

  it('locates a syntax error and still checks the other files', async () => {
    await using cli = await openCli();
    await cli.write('a.hcl', 'job "a" {\n  group "g" {\n    count =\n  }\n}\n');
    await cli.write('b.hcl', job('b', 'image = ""'));
    const { code, out } = await cli.run('check', 'a.hcl', 'b.hcl', 'c.hcl');
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'a.hcl:3: the value of "count" is not valid HCL',
      'b.hcl:9: config.image: is empty; name the disk image, such as "local/debian-12.qcow2"',
      expect.stringMatching(/^c\.hcl:1: cannot be read: ENOENT/),
      '3 files, 1 VM task: 3 errors, 0 warnings',
      '',
    ]);
  });

  it('puts in variables, given ones before defaults', async () => {
    const text = `variable "mac" {\n  default = "zz"\n}\n${job('a', 'image = "a"\nnetwork {\n  bridge = "br0"\n  mac = var.mac\n}')}`;
    expect(await findings(text)).toHaveLength(1);
    expect(await findings(text, '--var', 'mac=52:54:00:00:00:01')).toEqual([]);
  });

  it('does not judge what only Nomad knows', async () => {
    const config =
      'image = var.image\ncpus = "${meta.cpus}"\nargs = ["-${attr.x}"]\nnetwork {\n  bridge = "${meta.bridge/x}"\n  mac = upper("x")\n}\ncloud_init {\n  seed = "${node.unique.name}"\n}';
    const lines = await findings(job('a', config));
    expect(lines).toEqual([expect.stringContaining('warning: config.args')]);
  });

  it('takes blocks made by dynamic for granted', async () => {
    const config =
      'image = "a"\ndynamic "network" {\n  for_each = ["br0"]\n  content {\n    bridge = network.value\n  }\n}\ncloud_init {\n  seed = "x"\n}';
    expect(await findings(job('a', config))).toEqual([]);
  });

  it('finds a MAC address used twice across files, raw arguments too', async () => {
    await using cli = await openCli();
    const mac = 'image = "a"\nnetwork {\n  bridge = "br0"\n  mac = "52:54:00:AA:00:01"\n}';
    await cli.write('a.hcl', job('a', mac));
    await cli.write('b.hcl', job('b', mac));
    await cli.write(
      'c.hcl',
      job(
        'c',
        'image_path = "a"\nargs = [\n  "-device",\n  "virtio-net-pci,mac=52:54:00:aa:00:01,netdev=n"\n]',
      ).replace('"vm"', '"qemu"'),
    );
    const { code, out } = await cli.run('check', 'a.hcl', 'b.hcl', 'c.hcl');
    expect(code).toBe(1);
    const owner =
      '"52:54:00:aa:00:01" is also the MAC address of task "t" of job "a" (a.hcl:12); give each VM its own, or remove mac to have one derived';
    expect(out.split('\n').slice(0, 2)).toEqual([
      `b.hcl:12: config.network[0].mac: ${owner}`,
      `c.hcl:12: config.args[1]: ${owner}`,
    ]);
  });

  it('wants a name for the VMs of a system job', async () => {
    const system = { job: 'type = "system"' };
    expect(await findings(job('a', GOOD, system))).toEqual([
      expect.stringMatching(/^8: config\.name: is missing; a "system" job/),
    ]);
    expect(await findings(job('a', `name = "x"\n${GOOD}`, system))).toEqual([
      expect.stringMatching(/^9: warning: config\.name/),
    ]);
    expect(await findings(job('a', `name = "\${node.unique.name}"\n${GOOD}`, system))).toEqual([]);
  });

  it('refuses one MAC address or name for several VMs', async () => {
    const config = 'image = "a"\nname = "x"\nnetwork {\n  bridge = "br0"\n  mac = "52:54:00:00:00:01"\n}';
    const lines = await findings(job('a', config, { group: 'count = 3' }));
    expect(lines).toEqual([
      expect.stringMatching(/^10: config\.name: all 3 VMs of group "g"/),
      expect.stringMatching(/^13: config\.network\[0\]\.mac: all 3 VMs of group "g"/),
    ]);
    const named = 'image = "a"\nname = "x${NOMAD_ALLOC_INDEX}"\nnetwork {\n  bridge = "br0"\n}';
    expect(await findings(job('a', named, { group: 'count = 3' }))).toEqual([]);
  });

  it('warns of canaries', async () => {
    const lines = await findings(job('a', GOOD, { group: 'update {\n      canary = 1\n    }' }));
    expect(lines).toEqual([expect.stringMatching(/^5: warning: update\.canary: /)]);
  });

  it('warns of a persistent disk that the VM may be started without, on another node', async () => {
    const disk = `disk = "persistent"\n${GOOD}`;
    const lines = await findings(job('a', disk));
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d+: warning: config\.disk: is "persistent", but no constraint binds .*"\$\{node\.unique\.name\}"/,
      ),
    ]);
    const pin = 'constraint {\n      attribute = "${node.unique.name}"\n      value     = "a"\n    }';
    expect(await findings(job('a', disk, { group: pin }))).toEqual([]);
    const task = `${pin.replace('node.unique.name', 'meta.rack')}\n      kill_timeout = "30s"`;
    expect(await findings(job('a', disk, { task }))).toEqual([]);
    expect(
      await findings(job('a', disk, { group: pin.replace('node.unique.name', 'attr.cpu.arch') })),
    ).toHaveLength(1);
  });

  it.each([
    ['', "5: warning: kill_timeout: is missing, and Nomad's default is 5s: "],
    ['kill_timeout = "2s"', '7: warning: kill_timeout: is "2s": '],
    ['kill_timeout = "19s"', '7: warning: kill_timeout: is "19s": '],
    ['kill_signal = "SIGTERM"', '5: warning: kill_timeout: is missing, '],
  ])('warns where a guest has too little time to shut down: %s', async (task, warning) => {
    expect(await findings(job('a', GOOD, { task }))).toEqual([expect.stringContaining(warning)]);
    const dropIn = job('a', `${GOOD}\ngraceful_shutdown = true`, { task }).replace('"vm"', '"qemu"');
    expect(await findings(dropIn)).toEqual([expect.stringContaining(warning)]);
  });

  it('needs no time for a guest that is not asked, and judges none that only Nomad knows', async () => {
    const found = await Promise.all([
      findings(job('a', GOOD, { task: '' }).replace('"vm"', '"qemu"')),
      findings(job('a', `graceful_shutdown = false\n${GOOD}`, { task: '' })),
      findings(job('a', `graceful_shutdown = var.asks\n${GOOD}`, { task: '' })),
      findings(job('a', GOOD, { task: 'kill_signal = "SIGKILL"' })),
      findings(job('a', GOOD, { task: 'kill_timeout = var.timeout' })),
      findings(job('a', GOOD, { task: 'kill_timeout = "20s"' })),
    ]);
    expect(found.flat()).toEqual([]);
  });

  it('judges kill_timeout and raw arguments by the agent’s configuration', async () => {
    await using cli = await openCli();
    await cli.write('job.hcl', job('a', `args = ["-snapshot"]\n${GOOD}`, { task: 'kill_timeout = "1m"' }));
    await cli.write(
      'agent.hcl',
      'client {\n  max_kill_timeout = "2m"\n}\nplugin "nomad-driver-vm" {\n  config {\n    args_allowlist = ["-snapshot"]\n  }\n}\n',
    );
    await cli.write('strict.hcl', 'plugin "nomad-driver-vm" {}\n');
    await cli.write('bad.hcl', 'plugin "nomad-driver-vm" {\n  config {\n    state_dir = "x"\n  }\n}\n');
    expect((await cli.run('check', 'job.hcl')).out).toContain('2 warnings');
    expect(await cli.run('check', '--agent', 'agent.hcl', 'job.hcl')).toMatchObject({
      code: 0,
      out: expect.stringContaining('0 warnings'),
    });
    expect((await cli.run('check', '--agent', 'strict.hcl', 'job.hcl')).out).toContain(
      'job.hcl:9: config.args[0]: "-snapshot" is not among',
    );
    expect((await cli.run('check', '--agent', 'bad.hcl', 'job.hcl')).out).toContain(
      'bad.hcl:3: config.state_dir: "x" is not an absolute path',
    );
  });

  it.each([
    ['ds=nocloud;s=http://h/a/', ['without dsmode=net']],
    ['ds=nocloud-net;s=http://h/a', ['end it with "/"']],
    ['ds=NoCloud;dsmode=net;s=http://h/a/', ['small letters only']],
    ['ds=nocloud;dsmode=net;s=http://h/a/', []],
    ['VM-12 ds=nocloud;dsmode=net;s=http://h/a/', []],
    ['ds=nocloud;dsmode=net;h=web s=http://h/a/', ['up to the blank']],
    ["ds='nocloud;dsmode=net;s=http://h/a/'", ['quotes in the serial', 'end it with']],
    ['ds=nocloud-net;s=http://h/${var.seed}/', []],
    ['ds=nocloud-net;s=${var.url}', []],
    ['ds=nocloud-net', []],
  ])('knows which seed address %s a guest will use', async (serial, messages) => {
    const text = job('a', `image_path = "a"\nargs = ["-smbios", "type=1,serial=${serial}"]`).replace(
      '"vm"',
      '"qemu"',
    );
    expect(await findings(text)).toEqual(messages.map(message => expect.stringContaining(message)));
  });

  it.each([
    'job = 5',
    'job "a" {}',
    'job {\n  group "x" {}\n}',
    'task "a" {}',
    'group = ["a"]\njob "b" {\n  group = "x"\n  task = 5\n}',
    'job "a" {\n  group "g" {\n    count = "many"\n    task "t" {\n      driver = "vm"\n      config = "x"\n    }\n  }\n}',
    'job "a" {\n  task "t" {\n    driver = "vm"\n    config {\n      args = 5\n      network = "x"\n      port_map = 5\n    }\n  }\n}',
    'job "a" {\r\n  task "t" {\r\n    driver = "vm"\r\n  }\r\n}\r\n',
    '{"job": {}}',
    '\u0000',
  ])('survives %j', async text => {
    await using cli = await openCli();
    await cli.write('job.hcl', text);
    const { out, err } = await cli.run('check', 'job.hcl');
    expect(err).toBe('');
    expect(out).toMatch(/1 file, \d VM tasks?: \d errors?, \d warnings?\n$/);
  });

  it('judges cloud-init that is written into a job, at its lines', async () => {
    const seed = [
      'cloud_init {',
      '  user_data = <<EOF',
      '#cloud-config',
      'hostname: vm-$' + '{NOMAD_ALLOC_INDEX}',
      'packges: [vim]',
      'EOF',
      '  meta_data = "instance_id: x\\nlocal-hostname: a_b\\n"',
      '}',
    ];
    expect(await findings(job('a', `${GOOD}\n${seed.join('\n')}`))).toEqual([
      expect.stringMatching(/^17: config\.cloud_init\.user_data: packges: .*did you mean "packages"/),
      expect.stringMatching(/^19: config\.cloud_init\.meta_data: instance_id: /),
      expect.stringMatching(/^19: warning: config\.cloud_init\.meta_data: local-hostname: /),
    ]);
  });

  it('judges what a template makes for a VM, but for what only Nomad knows', async () => {
    const check = (data: string, delimiters = '') => {
      const template = `template {\n  destination = "local/user-data"\n${delimiters}  data = <<EOF\n${data}EOF\n}\n`;
      const config = `${GOOD}\ncloud_init {\n  user_data = "./local/user-data"\n}`;
      return findings(job('a', config).replace('config {', `${template}config {`));
    };
    const key = 'ssh_authorized_keys:\n  - {{ with nomadVar "a" }}{{ .key }}{{ end }}\n';
    expect(await check(`#cloud-config\n${key}runcmd: 5\n`)).toEqual([
      expect.stringMatching(/^\d+: template\[0\]\.data: runcmd: /),
    ]);
    expect(await check(`#cloud-config\n${key}`)).toEqual([]);
    // Which lines there are is known to Nomad alone.
    expect(await check('#cloud-config\n{{ range ls "a" }}\nruncmd: 5\n{{ end }}\n')).toEqual([]);
    const other = '  left_delimiter = "[["\n  right_delimiter = "]]"\n';
    expect(await check('#cloud-config\nhostname: [[ env "x" ]]\nruncmd: 5\n', other)).toHaveLength(1);
  });

  it.each([
    ['', []],
    ['cloud_init_version = "22.4.2"', [expect.stringContaining('does not ask')]],
    ['cloud_init_version = "22.4.2"\ndelivery = "disk"', []],
    ['cloud_init_version = "23.4.1"', []],
  ])('judges it by the guest that the job names: %s', async (options, expected) => {
    const network = 'network_config = <<EOF\nversion: 2\nethernets:\n  ens3: {dhcp4: true}\nEOF\n';
    const seed = `cloud_init {\n  seed = "a"\n  ${network}${options}\n}`;
    expect(await findings(job('a', `${GOOD}\n${seed}`))).toEqual(expected);
  });

  it('prints JSON for scripts', async () => {
    await using cli = await openCli();
    await cli.write('job.hcl', job('a', 'image = ""'));
    const { code, out } = await cli.run('check', '--json', 'job.hcl');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      vms: 1,
      findings: [
        { file: 'job.hcl', line: 9, severity: 'error', path: 'config.image', message: expect.any(String) },
      ],
    });
  });

  it('uses colours on a terminal only', async () => {
    await using cli = await openCli({ isTerminal: true });
    await cli.write('job.hcl', job('a', 'image = ""'));
    expect((await cli.run('check', 'job.hcl')).out).toContain('\u001b[1mjob.hcl:9\u001b[22m');
  });
});
