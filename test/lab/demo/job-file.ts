/** Reads the names of the variables a job file declares; `nomad job run` refuses values for others. */
export function declaredVariables(text: string): readonly string[] {
  return [...text.matchAll(/^\s*variable\s+"([^"]+)"/gm)].flatMap(match => match[1] ?? []);
}

/** Reads the job's name. @throws when there is none */
export function jobName(text: string): string {
  const name = /^\s*job\s+"([^"]+)"/m.exec(text)?.[1];
  if (name === undefined)
    throw new Error('Cannot find the job\'s name; the file has no line that begins with job "NAME"');
  return name;
}
