import { readFile } from 'node:fs/promises';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { requireToken } from '../../../cloudinit-server/admin/require-token.ts';
import type { AuditEntry } from '../../../cloudinit-server/audit/audit-entry.ts';
import { renderExposition } from '../../../cloudinit-server/metrics/render-exposition.ts';
import { createServerMetrics } from '../../../cloudinit-server/metrics/server-metrics.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { startObservingServer } from '../observe/observing-server.ts';

const TOKEN = 'right'.repeat(9);

/** A server of which everything but the open pages needs the token. */
function buildServer() {
  const log = createRecordingLog();
  const clock = { now: 1_000_000 };
  const server = fastify();
  const audited: AuditEntry[] = [];
  const audit = { record: (entry: AuditEntry) => audited.push(entry) };
  const metrics = createServerMetrics();
  requireToken(server, { token: TOKEN, log, audit, metrics, now: () => clock.now });
  for (const path of ['/metrics', '/vms', '/vms/:vm']) server.get(path, () => 'told');
  server.post('/vms/:vm/bump', () => 'done');
  server.post('/metrics/more', () => 'done');
  const ask = async (authorization?: string, url = '/vms', headers = {}, method: 'GET' | 'POST' = 'GET') => {
    const all = { ...headers, ...(authorization !== undefined && { authorization }) };
    return await server.inject({ method, url, headers: all });
  };
  return { ask, log, clock, audited, metrics };
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('requireToken()', () => {
  it.each([
    ['Bearer', `Bearer ${TOKEN}`],
    ['Bearer in small letters', `bearer ${TOKEN}`],
    ['Basic with a user', basic(`alice:${TOKEN}`)],
    ['Basic without one', basic(`:${TOKEN}`)],
  ])('lets in who has the token: %s', async (_case, header) => {
    expect((await buildServer().ask(header)).statusCode).toBe(200);
  });

  it.each([
    ['nothing', undefined],
    ['another token', `Bearer ${'wrong'.repeat(9)}`],
    ['the beginning of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['more than it', `Bearer ${TOKEN}x`],
    ['the token alone', TOKEN],
    ['another scheme', `Digest ${TOKEN}`],
    ['an empty one', 'Bearer '],
    ['it as the user', basic(`${TOKEN}:`)],
    ['no colon', basic(TOKEN)],
    ['no base64', `Basic ${TOKEN}`],
  ])('keeps out who shows %s, and lets browsers ask for it', async (_case, header) => {
    const answer = await buildServer().ask(header);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
    expect(answer.body).not.toContain('told');
  });

  it('tells nobody without it which paths there are', async () => {
    const { ask } = buildServer();
    expect((await ask(undefined, '/none')).statusCode).toBe(401);
    expect((await ask(undefined, '/metrics/more', {}, 'POST')).statusCode).toBe(401);
    expect((await ask(undefined, '/metrics/')).statusCode).toBe(401);
    expect((await ask(undefined, '/metrics')).statusCode).toBe(200);
  });

  it.each([
    ['a program', `Bearer ${TOKEN}`, {}, 200],
    ['a page of ours', basic(`:${TOKEN}`), { 'sec-fetch-site': 'same-origin' }, 200],
    ['a page of another site', basic(`:${TOKEN}`), { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another port', basic(`:${TOKEN}`), { 'sec-fetch-site': 'same-site' }, 403],
    ['a browser that does not say', basic(`:${TOKEN}`), {}, 403],
  ])('lets %s change things or not', async (_case, header, headers, status) => {
    expect((await buildServer().ask(header, '/vms/a/bump', headers, 'POST')).statusCode).toBe(status);
  });

  it('logs ten wrong tokens a minute and never what they were, and still lets the right one in', async () => {
    const { ask, log, clock, audited, metrics } = buildServer();
    const wrong = `Bearer ${'guess'.repeat(9)}`;
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) statuses.push((await ask(wrong)).statusCode);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await ask(wrong)).headers['retry-after']).toBe('60');
    expect((await ask(`Bearer ${TOKEN}`)).statusCode).toBe(200);
    expect(log.lines()).toHaveLength(10);
    expect(audited).toHaveLength(10);
    expect(renderExposition(metrics.read())).toContain(
      'cloudinit_tokens_refused_total{listener="admin"} 13\n',
    );
    expect(log.text()).not.toContain('guess');
    clock.now += 60_000;
    expect((await ask(wrong)).statusCode).toBe(401);
    expect(audited.at(-1)).toMatchObject({
      action: 'token-refused',
      facts: { path: '/vms', refused_before: 3 },
    });
    expect(JSON.stringify(audited)).not.toContain('guess');
  });
});

describe('the server for people', () => {
  it('asks for its token everywhere but where monitoring and ssh look', async () => {
    await using server = await startObservingServer(['a']);
    const status = async (path: string) => (await fetch(`${server.adminUrl}${path}`)).status;
    for (const path of ['/', '/vms', '/vms/a', '/vms/a/wait', '/none']) expect(await status(path)).toBe(401);
    for (const path of ['/healthz', '/readyz', '/metrics', '/known_hosts'])
      expect(await status(path)).toBe(200);
    expect((await server.admin('/vms')).status).toBe(200);
    const token = (await readFile(server.tokenFile, 'utf8')).trim();
    expect(server.log.text()).not.toContain(token);
  });
});
