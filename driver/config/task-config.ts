import { checkArguments } from './args-rule.ts';
import { type CloudInitConfig, parseCloudInit } from './cloud-init-config.ts';
import { type DiskConfig, parseDisk } from './disk-config.ts';
import { type MachineConfig, parseMachine } from './machine-config.ts';
import { type NetworkConfig, parseNetworks } from './network-config.ts';
import type { Personality } from './personality.ts';
import type { PluginConfig } from './plugin-config.ts';
import { type PoweroffPolicy, parsePoweroffPolicy } from './poweroff-policy.ts';
import { ConfigProblems, type Problem, type ReportProblem } from './problem.ts';
import { readOptions } from './read-options.ts';
import { checkSystemInformation } from './system-information-rule.ts';
import { TASK_DEFAULTS, TASK_OPTIONS } from './task-options.ts';

/** A task's `config` block, complete: every default applied, every rule that needs no look at the node checked. */
export interface TaskConfig extends MachineConfig {
  readonly personality: Personality;
  /** The VM's own name; see `driver/vm-identity.ts`. */
  readonly name?: string;
  readonly disk: DiskConfig;
  /** NIC n of the VM is entry n. */
  readonly networks: readonly NetworkConfig[];
  /** Guest port by the label of the port that Nomad reserved; forwarded by the first user-mode network. */
  readonly ports: ReadonlyMap<string, number>;
  readonly cloudInit?: CloudInitConfig;
  /** Ask the guest to shut down before ending it. */
  readonly gracefulShutdown: boolean;
  readonly hasGuestAgent: boolean;
  readonly onGuestPoweroff: PoweroffPolicy;
  /** Raw qemu arguments, all of them allowed. */
  readonly args: readonly string[];
}

/** What a job's config is judged by. */
export interface TaskRules {
  readonly personality: Personality;
  readonly plugin: PluginConfig;
}

/**
 * Parses a task's `config` block, from Nomad's wire (decoded) or from a parsed job file.
 *
 * @throws {ConfigProblems} with everything that is wrong, each problem with its path below `config`.
 */
export function parseTaskConfig(raw: unknown, rules: TaskRules): TaskConfig {
  const { personality, plugin } = rules;
  const problems: Problem[] = [];
  const report: ReportProblem = (path, message) => problems.push({ path, message });
  const given = readOptions(TASK_OPTIONS, raw, 'config', report);
  // A value of the wrong type is absent from `given`; "is missing" would be one complaint too many.
  const reportOnce: ReportProblem = (path, message) => {
    if (!problems.some(known => known.path === path)) report(path, message);
  };

  const onGuestPoweroff = parsePoweroffPolicy(given.on_guest_poweroff, personality, reportOnce);
  const disk = parseDisk(given, reportOnce);
  const machine = parseMachine(given, rules, reportOnce);
  const { networks, ports } = parseNetworks(given, personality, reportOnce);
  const { cloudInitServer: defaultServer, cloudInitApi: api } = plugin;
  const cloudInit = parseCloudInit(given, { personality, defaultServer, api }, reportOnce);
  const args = given.args ?? [];
  checkArguments(args, { personality, allowlist: plugin.argsAllowlist }, reportOnce);
  checkSystemInformation(args, cloudInit, reportOnce);
  checkName(given.name, reportOnce);

  if (problems.length > 0 || disk === undefined) throw new ConfigProblems("the task's config", problems);
  return {
    personality,
    ...(given.name === undefined ? {} : { name: given.name }),
    disk,
    ...machine,
    networks,
    ports,
    ...(cloudInit === undefined ? {} : { cloudInit }),
    gracefulShutdown: given.graceful_shutdown ?? TASK_DEFAULTS[personality].graceful_shutdown,
    hasGuestAgent: given.guest_agent ?? TASK_DEFAULTS[personality].guest_agent,
    onGuestPoweroff,
    args,
  };
}

function checkName(name: string | undefined, report: ReportProblem): void {
  if (name === undefined || /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return;
  report(
    'config.name',
    `${JSON.stringify(name)} cannot be the name of a VM; write up to 63 letters, digits, ".", "_" and "-", beginning with a letter or a digit`,
  );
}
