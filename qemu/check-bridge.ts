import { BRIDGE_ACL_PATH, isBridgeAllowed, readBridgeAcl } from './bridge-acl.ts';
import { findBridgeHelper } from './bridge-helper.ts';
import { isBridge, listBridges } from './bridges.ts';
import { QemuError } from './errors.ts';

/** What is looked at to tell whether a VM can join a bridge. */
export interface BridgeSurroundings {
  /** Who qemu will run as: `process.getuid()`. */
  readonly uid: number;
  /** @default {'/sys/class/net'} */
  readonly sysClassNet?: string;
  /** @default {BRIDGE_ACL_PATH} */
  readonly aclPath?: string;
  /** @default {BRIDGE_HELPER_PATHS} */
  readonly helperPaths?: readonly string[];
}

/**
 * Makes sure, before anything is started, that qemu's bridge helper will attach a VM to the bridge.
 *
 * @returns the absolute path of the helper.
 * @throws QemuError `bridge-missing`, `bridge-helper` or `bridge-denied`, with what to do.
 */
export async function checkBridge(bridge: string, surroundings: BridgeSurroundings): Promise<string> {
  const { uid, sysClassNet, aclPath = BRIDGE_ACL_PATH, helperPaths } = surroundings;
  if (!(await isBridge(bridge, sysClassNet))) {
    const others = await listBridges(sysClassNet);
    const known =
      others.length === 0
        ? 'this host has none'
        : `this host has ${others.map(name => `"${name}"`).join(', ')}`;
    throw refuse(
      'bridge-missing',
      bridge,
      `there is no such bridge, ${known}; create it, or name another one`,
    );
  }
  const helperPath = await findBridgeHelper(helperPaths);
  if (helperPath === undefined) {
    const cure = 'install the package that brings it, on Debian qemu-system-common';
    throw refuse('bridge-helper', bridge, `qemu-bridge-helper is not installed; ${cure}`);
  }
  // A setuid helper is no way round: qemu is started with no_new_privs.
  if (uid !== 0) {
    throw refuse(
      'bridge-helper',
      bridge,
      `only root can, and this is user ${uid}; run the Nomad agent as root`,
    );
  }
  const acl = await readBridgeAcl(aclPath);
  if (!isBridgeAllowed(acl, bridge)) {
    const isDenied = acl.rules.some(
      rule => rule.verdict === 'deny' && (rule.target === bridge || rule.target === 'all'),
    );
    const reason = acl.problem ?? (isDenied ? `"${aclPath}" denies it` : `"${aclPath}" does not allow it`);
    const cure = isDenied
      ? `take the "deny" out of "${aclPath}"`
      : `add the line "allow ${bridge}" to "${aclPath}"`;
    throw refuse('bridge-denied', bridge, `${reason}; ${cure}`);
  }
  return helperPath;
}

function refuse(
  code: 'bridge-missing' | 'bridge-helper' | 'bridge-denied',
  bridge: string,
  rest: string,
): QemuError {
  return new QemuError(code, `Cannot attach a VM to bridge "${bridge}": ${rest}`);
}
