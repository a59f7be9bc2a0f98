import { renderNumber, renderTable } from '../render-table.ts';
import { judgeScenario, medianOf, type Result, type ScenarioResult } from './judge.ts';

const HEADER = ['', 'req/s', '× fastify', '× nginx', 'p50 ms', 'p99 ms', 'max ms', 'CPU µs/req', 'RSS MiB'];

/** A scenario as a table of text, a line for each server, and the goals. All values are medians of rounds. */
export function renderScenario(result: ScenarioResult): string {
  const { scenario, results } = result;
  const rows = results.map(one => renderRow(one, results));
  const goals = judgeScenario(result).map(({ goal, isMet }) => `${isMet ? 'met' : 'MISSED'}: ${goal}`);
  const lines = [...renderTable([HEADER, ...rows], column => column === 0), ...goals];
  return [scenario.title, ...lines.map(line => `  ${line}`)].join('\n');
}

function renderRow(one: Result, all: readonly Result[]): readonly string[] {
  const ratioTo = (server: string) => {
    const other = all.find(({ contestant }) => contestant.server === server);
    if (other === undefined || other === one) return '';
    return (medianOf(one, 'requestsPerSecond') / medianOf(other, 'requestsPerSecond')).toFixed(2);
  };
  return [
    one.contestant.name,
    medianOf(one, 'requestsPerSecond').toFixed(0),
    ratioTo('fastify'),
    ratioTo('nginx'),
    renderNumber(medianOf(one, 'medianMs')),
    renderNumber(medianOf(one, 'p99Ms')),
    renderNumber(medianOf(one, 'maxMs')),
    medianOf(one, 'cpuMicrosPerRequest').toFixed(0),
    medianOf(one, 'rssMib').toFixed(0),
  ];
}
