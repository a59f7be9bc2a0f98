import type { CliIo } from './io.ts';

/**
 * Asks the user whether to do something.
 *
 * @param action such as `bump "alice"`
 * @throws when there is nobody to ask
 */
export async function confirm(action: string, { ask }: CliIo): Promise<boolean> {
  if (ask === undefined) {
    throw new Error(`Cannot ask whether to ${action}: there is no terminal; add --yes to do it`);
  }
  const question = `${action.charAt(0).toUpperCase()}${action.slice(1)}? [y/N] `;
  return /^y(es)?$/i.test((await ask(question)).trim());
}
