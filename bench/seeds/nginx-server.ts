import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../test/lab/cache-folder.ts';
import { findFreePort } from '../../test/lab/demo/free-port.ts';
import { type RunningServer, startServer } from '../../test/seed-guests/start-server.ts';

/** Where Debian's package puts it, or where `scripts/setup.sh nginx` unpacks that. */
const PROGRAMS = ['/usr/sbin/nginx', join(cacheFolder(process.env), 'nginx/usr/sbin/nginx')];

/** From here on a free port is looked for, as nginx does not tell which one the kernel chose. */
const FIRST_PORT = 21_000;

/**
 * Starts nginx over a folder of files, as people serve seeds with it: its defaults, and 204 for reports.
 *
 * @param folder where its configuration, logs and process id go
 */
export async function startNginx(files: string, folder: string, signal: AbortSignal): Promise<RunningServer> {
  const program = PROGRAMS.find(path => existsSync(path));
  if (program === undefined)
    throw new Error(`Cannot find nginx as ${PROGRAMS.join(' or ')}; run "sh scripts/setup.sh nginx"`);
  const port = await findFreePort(FIRST_PORT);
  const configFile = join(folder, 'nginx.conf');
  await writeFile(configFile, renderConfig(files, folder, port));
  const server = await startServer(
    [program, '-p', folder, '-c', configFile],
    join(folder, 'nginx.out'),
    // It writes its process id when it listens.
    () => (existsSync(join(folder, 'nginx.pid')) ? port : undefined),
    signal,
  );
  return {
    ...server,
    // Its workers end when the main process tells them to.
    [Symbol.asyncDispose]: () => server.process.kill('SIGTERM').then(() => undefined),
  };
}

function renderConfig(files: string, folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `${kind}_temp_path ${folder}/${kind};`,
  );
  return `daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
worker_processes auto;
events { worker_connections 4096; }
http {
  ${temporary.join('\n  ')}
  access_log ${folder}/access.log;
  sendfile on;
  default_type text/yaml;
  server {
    listen 127.0.0.1:${port};
    root ${files};
    location /-/ { return 204; }
  }
}
`;
}
