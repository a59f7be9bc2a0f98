import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { BasePlugin, Driver as DriverProto } from '../proto/services.ts';
import { parsePluginConfig } from './config/plugin-config.ts';
import { Driver } from './driver.ts';
import { watchNode } from './fingerprint.ts';
import { baseHandlers, type PluginIdentity, type PluginSettings } from './grpc/base-service.ts';
import { type DriverServiceOptions, driverHandlers, driverStreams } from './grpc/driver-service.ts';
import { execConversations } from './grpc/exec-handlers.ts';
import { addGoPluginServices } from './grpc/go-plugin-services.ts';
import { bidi, serverStream, unary } from './grpc/handlers.ts';
import { renderHandshake } from './handshake.ts';
import { Node } from './node.ts';
import type { Log } from './plugin-log.ts';
import { watchUsage } from './usage-stream.ts';

/** How a plugin process meets the agent that started it. */
export interface PluginOptions extends PluginIdentity {
  /** Folder for the socket; go-plugin uses the one for temporary files. */
  readonly socketDir: string;
  readonly log: Log;
  /** Takes the handshake line, and nothing else ever: stdout is the agent's. */
  readonly writeHandshake: (line: string) => void;
}

/**
 * Serves Nomad's agent until it asks to shut down. VMs run on after that.
 *
 * The agent starts three processes for one plugin and uses the last: the driver with its state is only made when a
 * request needs it.
 */
export async function runPlugin(options: PluginOptions): Promise<void> {
  const { log } = options;
  const node = new Node();
  let settings: PluginSettings = { plugin: parsePluginConfig({}), hostCpus: undefined };
  let driver: Driver | undefined;
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const over = Promise.withResolvers<void>();

  const base = baseHandlers(options, next => {
    settings = next;
    if (next.hostCpus !== undefined) node.hostCpus = next.hostCpus;
  });
  server.addService(BasePlugin, wrap(base, unary, log));
  const service: DriverServiceOptions = {
    driver: () => {
      driver ??= new Driver({ personality: options.personality, plugin: settings.plugin, node, log });
      return driver;
    },
    watchNode: signal => watchNode(options.personality, settings.plugin, node, signal),
    watchUsage: (task, periodMs, signal) =>
      watchUsage(task, { periodMs, coreMhz: node.hostCpus.coreMhz }, signal),
  };
  server.addService(DriverProto, {
    ...wrap(driverHandlers(service), unary, log),
    ...wrap(driverStreams(service), serverStream, log),
    ...wrap(execConversations(service.driver), bidi, log),
  });
  addGoPluginServices(server, log, over.resolve);

  const socketPath = join(options.socketDir, `nomad-driver-vm-${randomBytes(6).toString('hex')}.sock`);
  await listen(server, socketPath);
  options.writeHandshake(renderHandshake(socketPath));
  await over.promise;
  await driver?.detach();
  server.forceShutdown();
  rmSync(socketPath, { force: true });
}

type Wrapper<Handler, Wrapped> = (name: string, log: Log, handler: Handler) => Wrapped;

function wrap<Handler, Wrapped>(
  handlers: Readonly<Record<string, Handler>>,
  wrapper: Wrapper<Handler, Wrapped>,
  log: Log,
): Record<string, Wrapped> {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, wrapper(name, log, handler)]),
  );
}

function listen(server: Server, socketPath: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), error =>
    error === null ? resolve() : reject(error),
  );
  return promise;
}
