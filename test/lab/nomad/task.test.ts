import { describe, expect, it } from 'vitest';
import { parseTasks } from './task.ts';

describe('parseTasks()', () => {
  it('puts the newest allocation first and takes the last exit code', () => {
    const ended = (code: string) => ({
      Type: 'Terminated',
      DisplayMessage: 'Exit Code',
      Details: { exit_code: code },
    });
    const tasks = parseTasks([
      {
        ID: 'old',
        CreateIndex: 3,
        TaskStates: { vm: { State: 'dead', Failed: true, Events: [ended('1'), ended('7')] } },
      },
      {
        ID: 'new',
        CreateIndex: 12,
        TaskStates: { vm: { State: 'running', Failed: false, Restarts: 2, Events: null } },
      },
    ]);
    expect(tasks.map(task => [task.allocId, task.exitCode, task.restarts])).toEqual([
      ['new', undefined, 2],
      ['old', 7, 0],
    ]);
  });

  it('finds no task in an allocation that has not begun', () => {
    expect(parseTasks([{ ID: 'a', CreateIndex: 1, TaskStates: null }])).toEqual([]);
  });
});
