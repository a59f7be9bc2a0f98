/**
 * What steers a terminal (ECMA-48, 5.3 to 5.6), each in its form of 7 bits and of 8, also when it is cut off: control
 * sequences, strings up to the end of their line, single functions. No part can match what another one can, so it takes
 * as long as the text is; Node's `stripVTControlCharacters` takes a second for 16 KiB that are made for it.
 */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g;

/**
 * What a guest has written on its console as a terminal's user would read it: without what steers terminals (ECMA-48),
 * with the last of what was written over each other in one line (a bar of progress).
 */
export function readConsoleText(bytes: string): string {
  return bytes
    .replace(SEQUENCES, '')
    .split('\n')
    .map(line => readLine(line))
    .join('\n')
    .replace(/^\n+|\s+$/g, '');
}

function readLine(line: string): string {
  const written = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  return removeCharacters(eraseBack(written)).trimEnd();
}

/** A backspace takes the character before it. */
function eraseBack(line: string): string {
  if (!line.includes('\b')) return line;
  const kept: string[] = [];
  for (const character of line) {
    if (character === '\b') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}

/** What is left of sequences that are cut off or unknown. */
function removeCharacters(line: string): string {
  return line.replace(/[^\P{Cc}\t]/gu, '');
}
