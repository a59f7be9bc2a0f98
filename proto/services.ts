import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON, type PackageDefinition } from '@grpc/proto-loader';
import descriptors from './descriptors.json' with { type: 'json' };

/**
 * The wire in grpc-js's terms. Field names are kept as they are on the wire, absent messages are null, 64-bit integers
 * are decimal strings when read and may be written as numbers, enums are names.
 */
const definition: PackageDefinition = fromJSON(
  // Written by generate.ts as exactly that.
  descriptors as Parameters<typeof fromJSON>[0],
  {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
    oneofs: true,
  },
);

export const BasePlugin = serviceOf('hashicorp.nomad.plugins.base.proto.BasePlugin');
export const Driver = serviceOf('hashicorp.nomad.plugins.drivers.proto.Driver');
export const GrpcController = serviceOf('plugin.GRPCController');
export const GrpcStdio = serviceOf('plugin.GRPCStdio');
export const GrpcBroker = serviceOf('plugin.GRPCBroker');
export const Health = serviceOf('grpc.health.v1.Health');

/** Encodes one message of the wire by its full name. */
export function encodeMessage(name: string, message: object): Buffer {
  const type = definition[name];
  if (type === undefined || !('serialize' in type) || typeof type.serialize !== 'function') {
    throw new RangeError(`Cannot encode "${name}": no such message`);
  }
  return type.serialize(message);
}

function serviceOf(name: string): ServiceDefinition {
  const entry = definition[name];
  if (entry === undefined || 'format' in entry)
    throw new RangeError(`Cannot find the service "${name}" in the descriptors`);
  return entry;
}
