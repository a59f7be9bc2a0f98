import type { Server } from '@grpc/grpc-js';
import { GrpcBroker, GrpcController, GrpcStdio, Health } from '../../proto/services.ts';
import type { Log } from '../plugin-log.ts';
import { bidi, serverStream, unary } from './handlers.ts';

/** Time for the answer to leave before the process does; the agent waits 2 s. */
const ANSWER_MS = 20;

/**
 * Adds the services that go-plugin's client expects beside the plugin's own.
 *
 * @param onShutdown is called once the agent has been answered; the process must exit within 2 s.
 */
export function addGoPluginServices(server: Server, log: Log, onShutdown: () => void): void {
  server.addService(GrpcController, {
    Shutdown: unary('Shutdown', log, () => {
      setTimeout(onShutdown, ANSWER_MS);
      return {};
    }),
  });
  // Both streams stay open and silent: Nomad reads neither, and an end makes it open them again.
  server.addService(GrpcStdio, {
    StreamStdio: serverStream('StreamStdio', log, (_request, signal) => silence(signal)),
  });
  server.addService(GrpcBroker, {
    StartStream: bidi('StartStream', log, (_requests, signal) => silence(signal)),
  });
  server.addService(Health, { Check: unary('Check', log, () => ({ status: 'SERVING' })) });
}

async function* silence(signal: AbortSignal): AsyncGenerator<object> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  yield* [];
}
