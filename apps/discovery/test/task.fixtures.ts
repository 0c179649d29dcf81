import { taskContracts } from '@trimtab/contracts';
import type { TaskInput, TaskType } from '@trimtab/contracts';
import type { Task, TaskContext } from '@trimtab/service';
import type { z } from 'zod';

export const asOf = '2026-11-21T10:00:00.000Z';
export const clock = { now: () => new Date(asOf) };
export const cloud = {
  accounts: [{ id: '111122223333', name: 'production' }],
  regions: ['us-east-1'],
};
export const scope = { accountId: '111122223333', accountName: 'production', region: 'us-east-1' };

/** A task whose input went through its contract, as the shell hands it over. */
export const taskOf = <T extends TaskType>(
  type: T,
  input: z.input<(typeof taskContracts)[T]['input']>,
): Task<TaskInput<T>> => ({
  runId: 'run-1',
  taskId: 'task-1',
  type,
  attempt: 1,
  input: taskContracts[type].input.parse(input) as TaskInput<T>,
  correlationId: 'c-1',
  commandId: 'cmd-1',
});

/** A context that keeps the notes of its progress. */
export function contextOf(signal = new AbortController().signal): TaskContext & { notes: string[] } {
  const notes: string[] = [];
  return {
    signal,
    notes,
    log: undefined as unknown as TaskContext['log'],
    progress: (done, _total, note) => void notes.push(`${done} ${note ?? ''}`),
    claim: 1,
    assertCurrent: async () => undefined,
  };
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
