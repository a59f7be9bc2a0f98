import type { ErrorCode } from 'yaml';

/**
 * What a mistake of syntax is called here. Codes that are missing fall back on the parser's own words.
 * The parser's messages may quote the text, ours do not.
 */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'this key is there twice and the guest takes the last one; remove one of them',
  TAB_AS_INDENT: 'a tab stands where blanks must; indent with blanks only',
  BAD_INDENT: 'the line is indented neither like its neighbours nor deeper; line it up',
  MULTIPLE_DOCS: 'a second document begins here and the guest then ignores the file; remove the line "---"',
  MULTILINE_IMPLICIT_KEY:
    'a key goes over several lines; a colon or a quote is missing on this line or before it',
  MISSING_CHAR: 'something is missing here, such as a closing quote, a bracket or the blank after a colon',
  UNEXPECTED_TOKEN: 'this does not belong here; quote the text if it is meant to be one',
  IMPOSSIBLE: 'this cannot be read; quote the text if it is meant to be one',
  BLOCK_AS_IMPLICIT_KEY:
    'a colon with a blank after it stands in the middle of a value; quote the whole value',
  BLOCK_IN_FLOW: 'a list or map in lines stands inside of brackets; write it in brackets too',
  BAD_SCALAR_START: 'a plain text must not begin with this character; quote it',
  BAD_DQ_ESCAPE:
    'a backslash in double quotes begins an escape that YAML lacks; double it, or use single quotes',
  BAD_ALIAS: 'a word that begins with "*" or "&" is a reference in YAML; quote it',
  RESOURCE_EXHAUSTION: 'it is nested too deeply to be read; a bracket is probably never closed',
  TAG_RESOLVE_FAILED: 'a word that begins with "!" is a type in YAML, and this one is unknown; quote it',
};

/** What is wrong, and what to do. @param fallback the parser's own message */
export function describeYamlError(code: ErrorCode, fallback: string): string {
  return MESSAGES[code] ?? `it cannot be read as YAML: ${fallback}`;
}
