import { isAbsolute, join } from 'node:path';
import { buildVmFiles, MAX_SOCKET_PATH_BYTES } from '../../qemu/vm-files.ts';
import { describeBadEntry } from './args-rule.ts';
import { type CloudInitApiConfig, parseCloudInitApi } from './cloud-init-api.ts';
import { isEmulatorName, normaliseEmulator } from './emulator-name.ts';
import { DISKS_FOLDER, PLUGIN_DEFAULTS, PLUGIN_OPTIONS } from './plugin-options.ts';
import { ConfigProblems, type Problem, type ReportProblem } from './problem.ts';
import { readOptions } from './read-options.ts';
import { parseServerUrl } from './server-url.ts';

/** The operator's side: the `config` of the agent's `plugin` block, complete. */
export interface PluginConfig {
  /** Absolute folders that images may lie in, beside the allocation. */
  readonly imagePaths: readonly string[];
  /** Undefined: the driver's own rule holds, see `checkArguments`. */
  readonly argsAllowlist: readonly string[] | undefined;
  /** Full binary names such as `qemu-system-x86_64`; undefined: any. */
  readonly emulatorsAllowlist: readonly string[] | undefined;
  /** URL of the seed server for jobs that name none. */
  readonly cloudInitServer: string | undefined;
  /** Undefined: VMs are not registered. */
  readonly cloudInitApi: CloudInitApiConfig | undefined;
  readonly stateDir: string;
  /** Of persistent disks. */
  readonly disksDir: string;
  readonly runDir: string;
  /** Undefined: look where distributions put it. */
  readonly bridgeHelper: string | undefined;
}

/** As TaskStore makes them. */
const LONGEST_VM_KEY = `qemu-${'0'.repeat(16)}`;

/**
 * Parses the plugin's configuration.
 *
 * @param raw a decoded `config` block; `{}` gives the defaults.
 * @throws {ConfigProblems} with everything that is wrong.
 */
export function parsePluginConfig(raw: unknown): PluginConfig {
  const problems: Problem[] = [];
  const report: ReportProblem = (path, message) => problems.push({ path, message });
  const given = readOptions(PLUGIN_OPTIONS, raw, 'config', report);
  // An empty list allows any, as with the built-in driver.
  const emulators = given.emulators_allowlist ?? [];
  const stateDir = given.state_dir ?? PLUGIN_DEFAULTS.state_dir;
  const config: PluginConfig = {
    imagePaths: given.image_paths ?? [],
    argsAllowlist: given.args_allowlist,
    emulatorsAllowlist: emulators.length === 0 ? undefined : emulators.map(normaliseEmulator),
    cloudInitServer: given.cloudinit_server,
    cloudInitApi: parseCloudInitApi(given.cloudinit_api, report),
    stateDir,
    disksDir: given.disks_dir ?? join(stateDir, DISKS_FOLDER),
    runDir: given.run_dir ?? PLUGIN_DEFAULTS.run_dir,
    bridgeHelper: given.bridge_helper,
  };
  const { tokenFile, caFile } = config.cloudInitApi ?? {};
  if (tokenFile !== undefined) checkAbsolute(tokenFile, 'config.cloudinit_api.token_file', report);
  if (caFile !== undefined) checkAbsolute(caFile, 'config.cloudinit_api.ca_file', report);
  for (const [index, path] of config.imagePaths.entries())
    checkAbsolute(path, `config.image_paths[${index}]`, report);
  checkAbsolute(config.stateDir, 'config.state_dir', report);
  if (given.disks_dir !== undefined) checkAbsolute(config.disksDir, 'config.disks_dir', report);
  checkAbsolute(config.runDir, 'config.run_dir', report);
  checkSocketRoom(config.runDir, 'config.run_dir', report);
  if (config.bridgeHelper !== undefined) checkAbsolute(config.bridgeHelper, 'config.bridge_helper', report);
  if (config.cloudInitServer !== undefined)
    parseServerUrl(config.cloudInitServer, 'config.cloudinit_server', report);
  for (const [index, entry] of (config.argsAllowlist ?? []).entries()) {
    const trouble = describeBadEntry(entry);
    if (trouble !== undefined) report(`config.args_allowlist[${index}]`, trouble);
  }
  for (const [index, name] of emulators.entries()) {
    if (!isEmulatorName(name)) {
      report(
        `config.emulators_allowlist[${index}]`,
        `${JSON.stringify(name)} is no emulator; write a name such as "x86_64" or "qemu-system-x86_64"`,
      );
    }
  }
  if (problems.length > 0) throw new ConfigProblems("the plugin's config", problems);
  return config;
}

function checkAbsolute(path: string, where: string, report: ReportProblem): void {
  if (!isAbsolute(path)) report(where, `${JSON.stringify(path)} is not an absolute path; begin it with "/"`);
}

/** qemu would refuse its sockets at each start; so it is said once, when the agent starts. */
function checkSocketRoom(runDir: string, where: string, report: ReportProblem): void {
  const files = buildVmFiles({ stateRoot: '/', runRoot: runDir }, LONGEST_VM_KEY);
  const sockets = [files.qmpSocket, files.consoleSocket, files.guestAgentSocket];
  const excess = Math.max(...sockets.map(path => Buffer.byteLength(path))) - MAX_SOCKET_PATH_BYTES;
  if (excess <= 0) return;
  const bytes = Buffer.byteLength(runDir);
  report(
    where,
    `${JSON.stringify(runDir)} has ${bytes} bytes; sockets below it leave room for ${bytes - excess}`,
  );
}
