import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readRecordedBoot } from '../../boot/recorded-boot.ts';
import { replayBoot, startObservingServer } from '../../observe/observing-server.ts';

describe('addPageRoutes()', () => {
  it('serves pages whose policy allows their own style and script, and nothing else', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', readRecordedBoot('trixie-25.1.4'));
    for (const path of ['/', '/vm/vm1', '/vm/vm1/files', '/vm/vm1/bump', '/vm/none']) {
      const answer = await server.admin(path);
      const page = await answer.text();
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none'; /);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      for (const tag of ['style', 'script']) {
        const text = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(page)?.[1] ?? '';
        const hash = createHash('sha256').update(text).digest('base64');
        expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
        expect(page.split(`<${tag}`)).toHaveLength(2);
      }
      expect(page).not.toMatch(/ style=| on[a-z]+=|(?:src|href)="(?!\/|#|data:|")/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('answers 404 for VMs that nobody knows', async () => {
    await using server = await startObservingServer([]);
    expect((await server.admin('/vm/none')).status).toBe(404);
  });

  it.each(['/', '/vm/vm1', '/vm/vm1/files', '/vm/vm1/bump', '/live', '/live/vm1'])(
    'asks for the token before it serves %s',
    async path => {
      await using server = await startObservingServer([]);
      const answer = await fetch(`${server.adminUrl}${path}`);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/^Basic /),
      ]);
    },
  );

  it('tells one VM, or all, that something has changed', async () => {
    await using server = await startObservingServer(['vm1', 'vm2']);
    for (const [path, count] of [
      ['/live', 2],
      ['/live/vm1', 1],
    ] as const) {
      const stop = new AbortController();
      const answer = await server.admin(path, { signal: stop.signal });
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      const words = readWords(answer);
      expect(await words.next()).toMatchObject({ value: 'data: look' });
      await server.get(`/vm${count}/meta-data`);
      expect(await words.next()).toMatchObject({ value: 'data: look' });
      stop.abort();
    }
  });

  it('keeps a hundred pages up to date and tells the next one to come back', async () => {
    await using server = await startObservingServer([]);
    const stop = new AbortController();
    // Answers that nobody holds are given up at the next collection of garbage.
    const open: Response[] = [];
    for (let page = 0; page < 100; page += 1) open.push(await server.admin('/live', { signal: stop.signal }));
    expect((await server.admin('/live')).status).toBe(503);
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
    stop.abort();
    await expect
      .poll(async () => (await server.admin('/live', { signal: AbortSignal.timeout(5_000) })).status)
      .toBe(200);
  });
});

/** Events of a stream but the first, which says when to come back. */
async function* readWords(answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ; ) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) return;
    text += value;
    const words = text.split('\n\n');
    text = words.pop() ?? '';
    yield* words.filter(word => word.startsWith('data'));
  }
}
