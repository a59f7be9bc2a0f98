import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readDocuments, withoutFences } from './documents.ts';

const documents = readDocuments();

/** The anchors of a document, as GitHub and its kin make them of headings. */
function listAnchors(text: string): readonly string[] {
  const headings = [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map(heading =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  );
}

/** The links of a document that lead into the repository. */
function listLinks(text: string): readonly string[] {
  const prose = withoutFences(text).replace(/`[^`\n]*`(?!\])/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^[a-z]+:/.test(target));
}

function findTrouble(from: string, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(ROOT, path))) return `${link}: there is no ${path}`;
  if (anchor === undefined) return undefined;
  const target = documents.find(document => document.path === path);
  const isThere = target !== undefined && listAnchors(target.text).includes(anchor);
  return isThere ? undefined : `${link}: ${path} has no heading for it`;
}

describe('links between documents', () => {
  it.each(documents)('lead somewhere in $path', ({ path, text }) => {
    expect(listLinks(text).flatMap(link => findTrouble(path, link) ?? [])).toEqual([]);
  });

  it('reach every document from README.md', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      const text = documents.find(document => document.path === path)?.text ?? '';
      for (const link of listLinks(text)) {
        const [file = ''] = link.split('#');
        if (file.endsWith('.md')) reached.add(normalize(join(dirname(path), file)));
      }
    }
    expect(documents.map(({ path }) => path).filter(path => !reached.has(path))).toEqual([]);
  });
});
