import { describe, expect, it } from '@jest/globals';
import { taskContracts } from '@trimtab/contracts';
import type { Task, TaskContext } from '@trimtab/service';
import { Memory{{Name}}History } from '../outbound/{{name}}-history.memory.js';
import { {{Action}}, {{Action}}Handler } from './{{action}}.js';

const tx = { query: () => Promise.resolve({ rows: [] }) };
const context = { progress: () => undefined } as unknown as TaskContext;

function given() {
  const handler = new {{Action}}Handler(new Memory{{Name}}History());
  return async (runId: string, subjects: string[]) => {
    const input = { subjects, asOf: '2026-11-01T00:00:00Z' };
    const task: Task<typeof input> = {
      runId,
      taskId: '{{name}}',
      type: '{{name}}.{{action}}',
      attempt: 1,
      input,
      correlationId: runId,
      commandId: runId,
    };
    const outcome = await handler.execute(new {{Action}}(task, context));
    await outcome.write?.(tx);
    return taskContracts['{{name}}.{{action}}'].output.parse(outcome.output);
  };
}

describe('{{Action}}Handler', () => {
  it('answers as its contract says and tells each subject once', async () => {
    const run = given();
    expect(await run('run-1', ['a', 'b'])).toEqual({ fresh: ['a', 'b'], known: 0 });
    expect(await run('run-2', ['b', 'c'])).toEqual({ fresh: ['c'], known: 1 });
  });
});
