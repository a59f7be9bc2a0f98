/** Turns the .proto files beside this one into descriptors.json, which the plugin loads: no .proto file at run time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

const FILES = [
  'base.proto',
  'driver.proto',
  'hclspec.proto',
  'attribute.proto',
  'go-plugin.proto',
  'health.proto',
  'status.proto',
] as const;

const root = new protobuf.Root();
root.resolvePath = (_origin, target) =>
  target.startsWith('google/protobuf/') ? target : join(import.meta.dirname, target);
root.loadSync([...FILES], { keepCase: true });
root.resolveAll();
writeFileSync(join(import.meta.dirname, 'descriptors.json'), JSON.stringify(root.toJSON()));
