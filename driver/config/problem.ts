/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where, as in HCL: `config.network[0].mac`. */
  readonly path: string;
  /** What was found and what to write instead. */
  readonly message: string;
}

/** Takes one problem and lets the reading go on, so that all are reported at once. */
export type ReportProblem = (path: string, message: string) => void;

/** Everything that is wrong with one configuration. The message has it all in one line, as Nomad's events want it. */
export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems';
  readonly problems: readonly Problem[];

  /** @param subject whose configuration it is, such as `the task's config`. */
  constructor(subject: string, problems: readonly Problem[]) {
    super(renderProblems(subject, problems));
    this.problems = problems;
  }
}

function renderProblems(subject: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return `${count} in ${subject}: ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}`;
}
