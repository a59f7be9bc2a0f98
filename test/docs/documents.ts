import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** One Markdown document. */
export interface Document {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a document. */
export interface Fence {
  readonly path: string;
  readonly language: string;
  readonly text: string;
}

/** Every document that users and contributors read. */
export function readDocuments(): readonly Document[] {
  const inRoot = readdirSync(ROOT).filter(name => name.endsWith('.md'));
  const inDocs = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md'));
  const paths = [...inRoot, ...inDocs.map(name => `docs/${name}`)];
  return paths.map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The fenced blocks of a document, in order. */
export function listFences({ path, text }: Document): readonly Fence[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', body = '']) => ({
    path,
    language,
    text: body,
  }));
}

/** A document without its fenced blocks: there a "#" is no heading and "[…](…)" no link. */
export function withoutFences(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}
