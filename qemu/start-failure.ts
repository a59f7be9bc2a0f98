import { QemuError, type QemuErrorCode } from './errors.ts';

/** What a qemu that did not start left behind. */
export interface StartFailure {
  /** As a shell counts it, 128 + n for signal n; undefined when nobody recorded it. */
  readonly exitStatus: number | undefined;
  /** All that qemu printed. */
  readonly stderr: string;
}

interface Explanation {
  readonly code: QemuErrorCode;
  /** A clause; `$1` stands for what the pattern caught. */
  readonly reason: string;
  readonly cure: string;
}

/** What the wrapper, qemu 7.2 and its bridge helper print, the most telling line first; the helper's come before qemu's own. */
const EXPLANATIONS: readonly (Explanation & { readonly pattern: RegExp })[] = [
  {
    pattern: /^cannot join control group by '(.*)'$/m,
    code: 'start-failed',
    reason: 'it cannot join its control group by "$1"',
    cure: 'run the Nomad agent as root, and see that the group is there and, if it is a cpuset, has CPUs',
  },
  {
    pattern: /failed to parse default acl file `([^']*)'/,
    code: 'bridge-denied',
    reason: 'the bridge helper found no usable list of allowed bridges in "$1"',
    cure: 'write "allow <bridge>" into it, one line a bridge, readable for the user qemu runs as',
  },
  {
    pattern: /access denied by acl file/,
    code: 'bridge-denied',
    reason: 'the bridge is not allowed',
    cure: 'add "allow <bridge>" to /etc/qemu/bridge.conf and remove any "deny" of it',
  },
  {
    pattern: /failed to get mtu of bridge `([^']*)'/,
    code: 'bridge-missing',
    reason: 'bridge "$1" does not exist',
    cure: 'create it, or name another bridge in the job',
  },
  {
    pattern: /failed to create tun device: (.*)/,
    code: 'bridge-helper',
    reason: 'the bridge helper may not create a tap: $1',
    cure: 'run the Nomad agent as root, with /dev/net/tun present',
  },
  {
    pattern: /failed to add interface .* to bridge `?([^':]*)/,
    code: 'bridge-missing',
    reason: 'the tap cannot join "$1"',
    cure: 'check with "ip -d link" that it is a bridge',
  },
  {
    pattern: /bridge helper failed/,
    code: 'bridge-helper',
    reason: 'the bridge helper cannot be run',
    cure: 'install the package that brings qemu-bridge-helper',
  },
  {
    pattern: /Failed to get "[^"]*" lock/,
    code: 'start-failed',
    reason: 'another process has the disk image open',
    cure: 'stop the other VM on this image, or give each VM a disk of its own with "image" in place of "image_path"',
  },
  {
    pattern: /Could not set up host forwarding rule '((?:tcp|udp):[^']*)'/,
    code: 'start-failed',
    reason:
      'the host port of forwarding rule "$1" cannot be taken: it is in use, or the address is not the host\'s',
    cure: 'give the job another host port',
  },
  {
    pattern: /Could not access KVM kernel module: (.*)/,
    code: 'start-failed',
    reason: 'KVM cannot be used: $1',
    cure: 'load the host\'s KVM module and let qemu\'s user open /dev/kvm, or set accelerator = "tcg"',
  },
  {
    pattern: /(failed to initialize kvm.*|KVM is not supported.*|invalid accelerator kvm)/i,
    code: 'start-failed',
    reason: 'KVM cannot be used: $1',
    cure: 'set accelerator = "tcg"',
  },
  {
    pattern: /(cannot set up guest memory|Cannot allocate memory)/,
    code: 'start-failed',
    reason: 'the host has not enough memory: $1',
    cure: "lower the job's memory, or free some on the host",
  },
  {
    pattern: /unsupported machine type/,
    code: 'start-failed',
    reason: 'this qemu does not know the machine type',
    cure: 'choose one that "qemu-system-x86_64 -machine help" lists',
  },
  {
    pattern: /'([^']*)' is not a valid device model name/,
    code: 'start-failed',
    reason: 'this qemu has no device "$1"',
    cure: 'install the package that brings it, or take it out of the arguments',
  },
  {
    pattern: /machine type does not support (if=[a-z]+)/,
    code: 'start-failed',
    reason: 'the machine type has no controller for "$1"',
    cure: 'choose another drive_interface, such as "virtio"',
  },
  {
    pattern: /(-\S+): invalid option/,
    code: 'start-failed',
    reason: 'this qemu does not know option "$1"',
    cure: 'take it out of the arguments',
  },
  {
    pattern: /(Invalid SMP CPUs \d+\. The max CPUs supported by machine '[^']*' is \d+)/,
    code: 'start-failed',
    reason: 'the machine type does not take that many vCPUs: $1',
    cure: 'lower cpus',
  },
  {
    pattern: /Could not open '([^']*)': (?:Permission denied|Operation not permitted)/,
    code: 'image-unreadable',
    reason: 'qemu may not open "$1"',
    cure: 'make it readable and writable for the user qemu runs as',
  },
  {
    pattern: /Could not open '([^']*)': No such file or directory/,
    code: 'image-missing',
    reason: 'there is no file "$1"',
    cure: 'check the path, or fetch it with an artifact block',
  },
];

/** bash and dash report a death by signal n as 128 + n; SIGSYS is 31, the seccomp filter's way to kill. */
const SIGSYS_STATUS = 159;
const SIGKILL_STATUS = 137;

const MAX_QUOTED_LINES = 5;
const MAX_QUOTED_CHARACTERS = 600;

/** Says what kept qemu from starting, why, and what to do, with qemu's own last lines at the end. */
export function explainStartFailure(failure: StartFailure): QemuError {
  const { code, reason, cure } = explain(failure);
  const quoted = quoteLastLines(failure.stderr);
  const words = quoted === '' ? 'qemu printed nothing' : `qemu printed: ${quoted}`;
  return new QemuError(code, `Cannot start qemu: ${reason}; ${cure}; ${words}`);
}

function explain({ exitStatus, stderr }: StartFailure): Explanation {
  const text = removeControls(stderr);
  for (const { pattern, reason, ...rest } of EXPLANATIONS) {
    const match = pattern.exec(text);
    // A function, because "$" in what qemu printed is not ours to expand.
    if (match !== null) return { ...rest, reason: reason.replace('$1', () => shorten(match[1] ?? '')) };
  }
  const code = 'start-failed';
  if (exitStatus === SIGSYS_STATUS) {
    const reason = "qemu's sandbox killed it (SIGSYS) for something its arguments need";
    return { code, reason, cure: 'take out arguments that start programs or change users' };
  }
  if (exitStatus === SIGKILL_STATUS) {
    return {
      code,
      reason: 'it was killed (SIGKILL), perhaps for want of memory',
      cure: 'look at the kernel log',
    };
  }
  return { code, reason: renderStatus(exitStatus), cure: 'check the arguments and devices of the job' };
}

function renderStatus(exitStatus: number | undefined): string {
  if (exitStatus === undefined) return 'it ended and nobody recorded how';
  return exitStatus > 128 ? `signal ${exitStatus - 128} ended it` : `it ended with status ${exitStatus}`;
}

function quoteLastLines(stderr: string): string {
  const lines = removeControls(stderr)
    .split('\n')
    .filter(line => line.trim() !== '');
  const text = lines.slice(-MAX_QUOTED_LINES).join(' / ');
  const quoted = text.length > MAX_QUOTED_CHARACTERS ? `…${text.slice(-MAX_QUOTED_CHARACTERS)}` : text;
  return quoted === '' ? '' : `"${quoted}"`;
}

/** Leaves newlines; terminals obey what is removed, and file names of jobs may hold it. */
function removeControls(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '');
}

function shorten(text: string): string {
  const line = text.replaceAll('\n', ' ');
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
