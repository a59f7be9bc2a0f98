import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriverLab, type DriverLab } from './driver-lab.ts';
import { labNomad } from './settings.ts';
import { renderTinyJob } from './tiny-job.ts';

let lab: DriverLab;
let nomadPath: string;
let allocId: string;

/** The guest prints `count N` five times a second all the while. */
const COUNTING = '(n=0; while true; do n=$((n+1)); echo "count $n"; sleep 0.2; done) &';
const CHANGE_SCRIPT = `
  template {
    data        = "{{ with nomadVar \\"nomad/jobs/exec\\" }}{{ .word }}{{ end }}"
    destination = "local/word"
    change_mode = "script"
    change_script {
      command = "/bin/sh"
      args    = ["-c", "echo changed by nomad >/dev/ttyS0"]
    }
  }`;

beforeAll(async () => {
  lab = await createDriverLab();
  nomadPath = await labNomad(process.env);
  await lab.nomad.command('var', 'put', 'nomad/jobs/exec', 'word=one');
  await lab.writeSeed('exec', { 'user-data': `#tiny: ${COUNTING}\n` });
  const config = `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    cloud_init { seed = "exec" }`;
  await lab.nomad.run(renderTinyJob({ id: 'exec', config, task: CHANGE_SCRIPT }));
  ({ allocId } = await lab.waitForConsole('exec', 'tiny: ready'));
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shell script in the lab with `nomad alloc exec ALLOC` as "$@", whatever it ends with. */
async function inShell(script: string, argv: readonly string[], input = ''): Promise<Ran> {
  const nomad = ['env', 'NOMAD_ADDR=http://127.0.0.1:4646', nomadPath, 'alloc', 'exec'];
  try {
    return await lab.lab.exec(['sh', '-c', script, 'sh', ...nomad, allocId, ...argv], {
      input,
      timeoutMs: 60_000,
    });
  } catch (error) {
    // execa's errors carry what a result does.
    return error as Ran;
  }
}

/** `nomad alloc exec ALLOC …`. */
function exec(argv: readonly string[], input = ''): Promise<Ran> {
  return inShell('exec "$@"', argv, input);
}

/** Waits until a file has a text. */
const SEE = 'see() { until grep -q "$2" "$1"; do sleep 0.1; done; }';
/** What "$@" shows on a terminal goes into a file, the next word. */
const ATTACH = 'timeout 60 script --quiet --return --flush --command "$*"';

/** Attaches to the console, has the guest's shell answer, and detaches. */
async function answerOnConsole(): Promise<{ readonly exitCode: number | undefined; readonly seen: string }> {
  const typescript = join(lab.lab.folder, 'typescript');
  const script = `
    : >"$out"
    ${SEE}
    { see "$out" 'detach with'; printf 'echo answer-$((6*7))\\r'; see "$out" 'answer-42'; printf '\\035'
      see "$out" '[[]detached'; } | ${ATTACH} "$out"`;
  const { exitCode } = await inShell(`out=${typescript}\n${script}`, ['console']);
  const { stdout: seen } = await execa('cat', [typescript]);
  return { exitCode, seen };
}

async function lastCount(): Promise<number> {
  const counts = (await lab.nomad.logs(allocId, 'stdout')).matchAll(/^count (\d+)\r?$/gm);
  return Number([...counts].at(-1)?.[1] ?? 0);
}

describe('nomad alloc exec', () => {
  it('runs a command in the guest', async () => {
    expect(await exec(['uname', '-s'])).toMatchObject({ exitCode: 0, stdout: 'Linux' });
  });

  it('gives the exit code and both streams apart', async () => {
    const ran = await exec(['sh', '-c', 'echo out; echo err >&2; exit 43']);
    expect(ran).toMatchObject({ exitCode: 43, stdout: 'out', stderr: 'err' });
  });

  it('passes input', async () => {
    expect(await exec(['tr', 'a-z', 'A-Z'], 'from the host\n')).toMatchObject({ stdout: 'FROM THE HOST' });
  });

  it('gives output while the command runs', async () => {
    // The command ends only when it has been answered.
    const script = `
      answers=$(mktemp -u) && mkfifo "$answers"
      "$@" <"$answers" | { exec 3>"$answers"; read -r line; echo "heard $line"; echo go >&3; exec 3>&-; cat; }
      rm "$answers"`;
    const ran = await inShell(script, ['sh', '-c', 'echo question; read answer; echo "answered $answer"']);
    expect(ran.stdout.split('\n')).toEqual(['heard question', 'answered go']);
  });

  it('passes binary data both ways unchanged', async () => {
    const script = `
      data=$(mktemp)
      head -c 1500000 /dev/urandom >"$data"
      md5sum <"$data"
      "$@" <"$data" | md5sum
      rm "$data"`;
    const [sent, received] = (await inShell(script, ['cat'])).stdout.split('\n');
    expect(sent).toMatch(/^[0-9a-f]{32} /);
    expect(received).toBe(sent);
  });

  it('refuses a terminal for a command, with what to do', async () => {
    const ran = await inShell('script --quiet --return --command "$*" /dev/null', ['bash']);
    expect(ran.exitCode).toBe(125);
    expect(ran.stdout).toContain('Cannot give "bash" a terminal');
  });

  it('ends the command when the user leaves', async () => {
    await inShell('timeout 3 "$@"', ['sh', '-c', 'while true; do echo counting; sleep 0.123; done']);
    const search = ['sh', '-c', 'ps | grep -c "[s]leep 0.123"'];
    await expect
      .poll(async () => (await exec(search)).stdout, { timeout: 50_000, interval: 1_000 })
      .toBe('0');
  });

  it("runs a template's change script", async () => {
    await lab.nomad.command('var', 'put', '-force', 'nomad/jobs/exec', 'word=two');
    await lab.waitForConsole('exec', 'changed by nomad', 30_000);
  });
});

describe('nomad alloc exec console', () => {
  it('attaches, answers and detaches, and the log goes on with every line once', async () => {
    const { exitCode, seen } = await answerOnConsole();
    expect(exitCode).toBe(0);
    expect(seen).toContain('answer-42');
    expect(seen).toMatch(/count \d+\r\n/);
    const account = () => lab.nomad.logs(allocId, 'stderr');
    await expect.poll(account, { timeout: 5_000 }).toContain('a user left the console; 0 attached now');
    await expect.poll(lastCount, { timeout: 20_000 }).toBeGreaterThan(10);
    const console = await lab.nomad.logs(allocId, 'stdout');
    const counts = [...console.matchAll(/count (\d+)\r?\n/g)].map(([, n]) => Number(n));
    expect(counts).toEqual(counts.map((_, index) => index + 1));
  });

  it('shows two users the same, whoever of them types', async () => {
    const files = ['first', 'second'].map(name => join(lab.lab.folder, name));
    const script = `
      : >"$first"; : >"$second"
      ${SEE}
      { see "$first" 'shared-42'; printf '\\035'; see "$first" '[[]detached'; } | ${ATTACH} "$first" &
      see "$first" 'detach with'
      { see "$second" '1 more attached'; printf 'echo shared-$((6*7))\\r'; see "$second" 'shared-42'; printf '\\035'
        see "$second" '[[]detached'; } | ${ATTACH} "$second"
      wait`;
    const { exitCode } = await inShell(`first=${files[0]} second=${files[1]}\n${script}`, ['console']);
    expect(exitCode).toBe(0);
    for (const file of files) expect((await execa('cat', [file])).stdout).toContain('shared-42');
    const account = () => lab.nomad.logs(allocId, 'stderr');
    await expect
      .poll(account, { timeout: 5_000 })
      .toContain('a user attached to the console; 2 attached now');
  });

  it('is refused without a terminal', async () => {
    expect((await exec(['console'])).stderr).toContain('nomad alloc exec -i -t ALLOC console');
  });
});

describe('nomad alloc signal', () => {
  it('pauses the VM by SIGSTOP and lets it go on by SIGCONT', async () => {
    await lab.nomad.command('alloc', 'signal', '-s', 'SIGSTOP', allocId);
    const account = () => lab.nomad.logs(allocId, 'stderr');
    await expect.poll(account, { timeout: 5_000 }).toContain('paused the VM: SIGSTOP was sent');
    // What was printed before the pause may still be on its way to the log.
    let paused = -1;
    await expect
      .poll(
        async () => {
          const before = paused;
          paused = await lastCount();
          return paused - before;
        },
        { timeout: 10_000, interval: 1_000 },
      )
      .toBe(0);
    await lab.nomad.command('alloc', 'signal', '-s', 'SIGCONT', allocId);
    await expect.poll(lastCount, { timeout: 10_000 }).toBeGreaterThan(paused + 3);
  });

  it('refuses others with the table', async () => {
    const signal = lab.nomad.command('alloc', 'signal', allocId);
    await expect(signal).rejects.toThrow('SIGHUP resets');
  });
});

describe('nomad alloc exec, when things go wrong', () => {
  it('works again after the plugin was killed, and ends what was left running', async () => {
    const pid = await lab.nomad.pluginPid('nomad-driver-vm');
    if (pid === undefined) throw new Error('no plugin runs');
    const left = exec(['sleep', '3217']);
    const sleepers = ['sh', '-c', 'ps | grep -c "[s]leep 3217"; ls /run | grep -c nomad-exec'];
    // The second folder is that of the look itself. The shell's own words hold the number too, but for the bracket.
    await expect
      .poll(async () => (await exec(sleepers)).stdout.split('\n')[1], { timeout: 30_000 })
      .toBe('2');
    process.kill(pid, 'SIGKILL');
    expect((await left).exitCode).not.toBe(0);
    await expect
      .poll(async () => (await exec(['echo', 'again'])).stdout, { timeout: 30_000, interval: 500 })
      .toBe('again');
    await expect
      .poll(async () => (await exec(sleepers)).stdout, { timeout: 30_000, interval: 500 })
      .toBe('0\n1');
    expect(await answerOnConsole()).toMatchObject({
      exitCode: 0,
      seen: expect.stringContaining('answer-42'),
    });
  });

  it('tells that no agent answers', async () => {
    await exec(['sh', '-c', '(sleep 1; killall qemu-ga) </dev/null >/dev/null 2>&1 &']);
    const ask = async () => (await exec(['true'])).stderr;
    await expect.poll(ask, { timeout: 20_000, interval: 500 }).toContain('no guest agent answers in this VM');
  });
});
