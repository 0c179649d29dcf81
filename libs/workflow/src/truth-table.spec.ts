import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { WorkflowDocument } from './definition-schema.js';
import { ANNA, TestRun } from './testing.js';

type Task = WorkflowDocument['tasks'][string];

/** How one need comes to what a row of the table says of it. */
interface Need {
  readonly task?: Partial<Task>;
  readonly end: 'complete' | 'fail' | 'skip' | 'person' | 'reject' | 'condition';
  /** More about the dependent. */
  readonly dependent?: Partial<Task>;
  readonly workflow?: Partial<WorkflowDocument>;
  /** Other tasks of the flow. */
  readonly others?: Record<string, Partial<Task>>;
}

const always = { always: true };
const handled = { onError: { handler: 'dependent' } } as const;
const elsewhere = {
  task: { onError: { handler: 'rescue' } },
  end: 'fail',
  others: { rescue: { needs: ['need0'] } },
} as const satisfies Need;
const approval = { uses: 'approval', approval: { digest: 'd' } } as const;

const played: Readonly<Record<string, readonly Need[]>> = {
  'FAILED, and the task is `always`': [{ end: 'fail', dependent: always }],
  'SKIPPED, and the task is `always`': [{ end: 'condition', dependent: always }],
  'CANCELLED, and the task is `always`': [
    { end: 'complete', task: { needs: ['broken'] }, dependent: always, others: { broken: {} } },
  ],
  'FAILED, and the task handles it': [{ end: 'fail', task: handled }],
  'COMPLETED, and the task handles it': [{ end: 'complete', task: handled }],
  'SKIPPED, and the task handles it': [{ end: 'condition', task: handled }],
  'a handler that had nothing to do': [
    {
      end: 'condition',
      task: { needs: ['fine'], when: 'true' },
      others: { fine: { onError: { handler: 'need0' } } },
    },
  ],
  COMPLETED: [{ end: 'complete' }],
  'skipped by a person': [{ end: 'person' }],
  'an approval that was rejected': [{ end: 'reject', task: approval }],
  'an optional approval that was rejected': [{ end: 'reject', task: { ...approval, optional: true } }],
  'FAILED, and `optional`': [{ end: 'fail', task: { optional: true } }],
  'SKIPPED, and `optional`': [{ end: 'condition', task: { optional: true } }],
  'FAILED with `onError: continue`': [{ end: 'fail', task: { onError: 'continue' } }],
  'FAILED with a handler': [elsewhere],
  SKIPPED: [{ end: 'condition' }],
  'FAILED, with `failFast`': [{ end: 'fail' }],
  'FAILED, without `failFast`': [{ end: 'fail', workflow: { failFast: false } }],
  'FAILED with `onError: compensate`': [{ end: 'fail', task: { onError: 'compensate' } }],
  'FAILED with `onError: suspend`': [{ end: 'fail', task: { onError: 'suspend' } }],
  'COMPLETED, SKIPPED': [{ end: 'complete' }, { end: 'condition' }],
  'COMPLETED, FAILED and `optional`': [{ end: 'complete' }, { end: 'fail', task: { optional: true } }],
  'SKIPPED and `optional`, SKIPPED': [{ end: 'condition', task: { optional: true } }, { end: 'condition' }],
  'FAILED and handled elsewhere, COMPLETED': [elsewhere, { end: 'complete' }],
};

const documentOf = (needs: readonly Need[]): Omit<WorkflowDocument, 'name' | 'version'> => {
  const ids = needs.map((_, i) => `need${i}`);
  const tasks: Record<string, Task> = {};
  needs.forEach((need, i) => {
    const when = need.end === 'condition' ? { when: 'false' } : {};
    tasks[`need${i}`] = { uses: 'x.y', ...when, ...need.task };
    for (const [id, other] of Object.entries(need.others ?? {})) tasks[id] = { uses: 'x.y', ...other };
  });
  const more = Object.assign({}, ...needs.map(({ dependent }) => dependent ?? {})) as Partial<Task>;
  tasks['dependent'] = { uses: 'x.y', needs: ids, ...more };
  return { ...(Object.assign({}, ...needs.map(({ workflow }) => workflow ?? {})) as object), tasks };
};

function bring(run: TestRun, key: string, end: Need['end']): void {
  const by = ANNA;
  if (end === 'complete') run.complete(key);
  if (end === 'fail') run.fail(key);
  if (end === 'person') run.give({ kind: 'skipTask', task: key, reason: 'known', by });
  if (end === 'reject') run.give({ kind: 'decision', task: key, granted: false, digest: 'd', by });
}

/** What became of the dependent, in the words of the table. */
function fateOf(run: TestRun): string {
  const words: Readonly<Record<string, string>> = {
    QUEUED: 'runs',
    SKIPPED: 'is skipped',
    CANCELLED: 'is stopped',
    PENDING: 'waits',
  };
  return words[run.status('dependent')] ?? run.status('dependent');
}

function play(needs: readonly Need[]): { task: string; run: string } {
  const run = TestRun.of(documentOf(needs));
  if (run.status('broken') === 'QUEUED') run.fail('broken');
  if (run.status('fine') === 'QUEUED') run.complete('fine');
  needs.forEach(({ end }, i) => bring(run, `need${i}`, end));
  if (run.status('rescue') === 'QUEUED') run.complete('rescue');
  const task = fateOf(run);
  if (task === 'runs') run.complete('dependent');
  return { task, run: run.state.status };
}

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const table = /joins:start[^]*?joins:end/.exec(readme)?.[0] ?? '';
const rows = [...table.matchAll(/^\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)]
  .map(([, is = '', task = '', run = '']) => ({ is, task, run }))
  .filter(({ is }) => !is.startsWith('---') && !is.startsWith('what it needs'));

describe('the truth table of the README', () => {
  it('has a row for everything that is played here, and nothing else', () => {
    expect(rows.map(({ is }) => is).sort()).toEqual(Object.keys(played).sort());
  });

  it.each(rows)('$is: the task $task, the run is $run', ({ is, task, run }) => {
    expect(play(played[is] ?? [])).toEqual({ task, run });
  });
});
