import type { BootReport } from '../vm-report.ts';

/** How something on the timeline went. `open`: it began, and its end was not reported. */
export type TimelineResult = 'ok' | 'warned' | 'failed' | 'open';

/** One bar. */
export interface TimelineRow {
  readonly label: string;
  /** Seconds after the boot's begin. */
  readonly atS: number;
  /** Undefined for a moment, and for what is open. */
  readonly tookS: number | undefined;
  readonly result: TimelineResult;
}

/** What belongs together: the files of the seed, or a stage of cloud-init with its steps. */
export interface TimelineGroup {
  readonly title: string;
  /** The stage itself; undefined for the files. */
  readonly whole: TimelineRow | undefined;
  readonly rows: readonly TimelineRow[];
}

/** A boot, ready to be drawn. */
export interface Timeline {
  /** Seconds from its left edge, the boot's begin, to its right edge. */
  readonly lengthS: number;
  /** Seconds that have a line. */
  readonly ticksS: readonly number[];
  readonly groups: readonly TimelineGroup[];
}

const MAX_TICKS = 8;

/** Lays out what is known of a boot along the time. */
export function buildTimeline(boot: BootReport): Timeline {
  const files = boot.files.map(({ file, at_s, status }): TimelineRow => {
    return { label: file, atS: at_s, tookS: undefined, result: status === 200 ? 'ok' : 'failed' };
  });
  const stages = [...new Set(boot.steps.map(({ name }) => stageOf(name)))].map(stage =>
    buildGroup(stage, boot),
  );
  const groups = [
    ...(files.length > 0 ? [{ title: 'seed files', whole: undefined, rows: files }] : []),
    ...stages,
  ];
  const all = groups.flatMap(({ whole, rows }) => (whole === undefined ? rows : [whole, ...rows]));
  const lastS = Math.max(0.001, ...all.map(({ atS, tookS = 0 }) => atS + tookS));
  // What is open reaches to the right edge: leave it some room.
  const lengthS = all.some(({ result }) => result === 'open') ? lastS * 1.1 : lastS;
  return { lengthS, ticksS: chooseTicks(lengthS), groups };
}

function buildGroup(stage: string, boot: BootReport): TimelineGroup {
  const steps = boot.steps.filter(({ name }) => stageOf(name) === stage);
  const whole = steps.find(({ name }) => name === stage);
  return {
    title: stage,
    whole: whole && buildRow(whole, stage),
    rows: steps.filter(step => step !== whole).map(step => buildRow(step, stage)),
  };
}

function buildRow(step: BootReport['steps'][number], stage: string): TimelineRow {
  return {
    label: step.name === stage ? stage : step.name.slice(stage.length + 1),
    atS: step.at_s,
    tookS: step.took_s ?? undefined,
    result: readResult(step),
  };
}

function readResult({ took_s, result }: BootReport['steps'][number]): TimelineResult {
  if (took_s === null) return 'open';
  if (result === 'FAIL') return 'failed';
  return result === 'WARN' ? 'warned' : 'ok';
}

/** `init-network/config-ssh` belongs to `init-network`. */
function stageOf(name: string): string {
  return name.split('/', 1)[0] ?? name;
}

/** Round numbers, {@link MAX_TICKS} at most. */
function chooseTicks(lengthS: number): readonly number[] {
  const least = lengthS / MAX_TICKS;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= least) ?? least;
  return Array.from({ length: Math.floor(lengthS / step) + 1 }, (_, index) => index * step);
}
