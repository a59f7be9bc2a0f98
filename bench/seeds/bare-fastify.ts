import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';

/** The least that a fastify can do: files of a folder from memory, 204 for reports. Nothing is checked or remembered. */
const [folder = ''] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
const bodies = new Map(
  files
    .map(({ parentPath, name }) => join(parentPath, name))
    .map(path => [path.slice(folder.length), readFileSync(path)] as const),
);

const server = fastify();
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
server.get('/*', (request, reply) => {
  const body = bodies.get(request.url);
  return body === undefined ? reply.code(404).send() : reply.type('text/yaml; charset=utf-8').send(body);
});
server.post('/*', (_request, reply) => reply.code(204).send());
process.stdout.write(`${await server.listen({ host: '127.0.0.1', port: 0 })}\n`);
