import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MAGIC_COOKIE_NAME, MAGIC_COOKIE_VALUE } from '../../driver/handshake.ts';

/** Milliseconds from starting the plugin, as the agent does, to the line by which the agent finds it. */
export async function measureHandshake(
  executable: string,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now();
  const plugin = spawn(executable, {
    env: { PATH: process.env['PATH'], TMPDIR: folder, [MAGIC_COOKIE_NAME]: MAGIC_COOKIE_VALUE },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(plugin, 'exit');
  try {
    // The line is written at once, so it arrives in one piece.
    await once(plugin.stdout, 'data', { signal });
    return performance.now() - startedAt;
  } finally {
    plugin.kill('SIGKILL');
    await ended;
  }
}
