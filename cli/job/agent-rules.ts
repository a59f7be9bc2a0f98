import { parseDurationMs } from '../../driver/config/duration.ts';
import type { Personality } from '../../driver/config/personality.ts';
import { type PluginConfig, parsePluginConfig } from '../../driver/config/plugin-config.ts';
import { ConfigProblems } from '../../driver/config/problem.ts';
import { parseSteps } from '../hcl/locate.ts';
import { toBlocks, toRecord } from '../hcl/record.ts';
import { type JobFile, JobFileError, lineOf } from './job-file.ts';

/** What a node's configuration lets jobs do. */
export interface AgentRules {
  /** Undefined: nobody said, so what only the operator decides is not judged. */
  readonly plugins: ReadonlyMap<Personality, PluginConfig> | undefined;
  readonly maxKillTimeoutMs: number;
}

/** Nomad's own default of `client.max_kill_timeout`. */
const DEFAULT_MAX_KILL_TIMEOUT_MS = 30_000;

/** Holds when no agent configuration was given. */
export const UNKNOWN_AGENT: AgentRules = {
  plugins: undefined,
  maxKillTimeoutMs: DEFAULT_MAX_KILL_TIMEOUT_MS,
};

/** The label of the `plugin` block is the plugin's file name, not the driver's. */
const PLUGIN_LABELS: Readonly<Record<Personality, string>> = { vm: 'nomad-driver-vm', qemu: 'qemu' };

/**
 * Reads an agent's configuration.
 *
 * @throws {JobFileError} for the first thing that the plugin would refuse.
 */
export function readAgentRules(file: JobFile): AgentRules {
  const plugins = toRecord(file.value.plugin);
  const entries = (['vm', 'qemu'] as const).map(personality => {
    const label = PLUGIN_LABELS[personality];
    const config = toBlocks(toBlocks(plugins[label])[0]?.config)[0] ?? {};
    return [personality, parsePlugin(file, label, config)] as const;
  });
  const maxKillTimeout = parseDurationMs(toBlocks(file.value.client)[0]?.max_kill_timeout);
  return { plugins: new Map(entries), maxKillTimeoutMs: maxKillTimeout ?? DEFAULT_MAX_KILL_TIMEOUT_MS };
}

function parsePlugin(file: JobFile, label: string, config: unknown): PluginConfig {
  try {
    return parsePluginConfig(config);
  } catch (error) {
    const problem = error instanceof ConfigProblems ? error.problems[0] : undefined;
    if (problem === undefined) throw error;
    const line = lineOf(file, [{ name: 'plugin', label }, ...parseSteps(problem.path)]);
    throw new JobFileError({ file: file.path, line, severity: 'error', ...problem });
  }
}
