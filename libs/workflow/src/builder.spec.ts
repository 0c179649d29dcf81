import { describe, expect, it } from '@jest/globals';
import { AppError, blockedOn, canonicalJson } from '@trimtab/kernel';
import { workflow } from './builder.js';
import { WorkflowError } from './errors.js';
import { defineWorkflow, parseWorkflow } from './parse-definition.js';
import type { Progress } from './runner.js';

const numbers = [1, 2, 3];

describe('a workflow built in code', () => {
  it('O10 takes name, tasks, dependencies, action, timeout, retry, condition and progress; gives results per task', async () => {
    const seen: Progress[] = [];
    let tries = 0;
    const sums = workflow('sums')
      .task('list', { action: () => numbers, timeout: '10s' })
      .task('sum', {
        needs: 'list',
        with: { list: '${ tasks.list.output }' },
        retry: { maxAttempts: 2, initialDelay: '1h' },
        action: ({ list }: { list: number[] }, { progress }) => {
          progress(0.5, 'half');
          if ((tries += 1) === 1) throw new Error('flaky');
          return list.reduce((a, b) => a + b, 0);
        },
      })
      .task('mail', { needs: 'sum', when: 'input.mail', action: () => 'sent' });
    const run = await sums.run({ mail: false }, { onProgress: (progress) => seen.push(progress) });
    expect(run).toMatchObject({
      status: 'COMPLETED',
      results: { list: [1, 2, 3], sum: 6, mail: null },
      tasks: {
        sum: { status: 'COMPLETED', attempts: 2 },
        mail: { status: 'SKIPPED', reason: 'condition' },
      },
    });
    expect(seen).toContainEqual({ kind: 'progress', task: 'sum', attempt: 1, share: 0.5, message: 'half' });
    expect(seen.some((one) => one.kind === 'event' && one.event.type === 'RunCompleted')).toBe(true);
  });

  it('O10 is the same data as in YAML', () => {
    const built = workflow('demo', { version: '2' })
      .task('a', { timeout: '5m' })
      .task('b', { uses: 'team.work', needs: 'a', when: 'input.full' }).definition;
    const yaml = parseWorkflow(`
name: demo
version: 2
tasks:
  a: { uses: demo.a, timeout: 5m }
  b: { uses: team.work, needs: a, when: input.full }
`);
    expect(canonicalJson(built)).toBe(canonicalJson(yaml));
  });

  it('O10 throws only WorkflowErrors: a name twice, a cycle, an input that does not fit, a function that is missing', async () => {
    const flow = workflow('f', { input: { type: 'object', required: ['n'], properties: { n: {} } } });
    const a = flow.task('a', { action: () => 1 });
    expect(() => a.task('a', {})).toThrow(WorkflowError);
    expect(() => a.task('b', { needs: 'c' }).task('c', { needs: 'b' }).definition).toThrow(WorkflowError);
    await expect(a.run({})).rejects.toBeInstanceOf(WorkflowError);
    await expect(a.run({})).rejects.toMatchObject({ code: 'workflow.invalid-input' });
    const { error } = await a.task('b', { uses: 'f.aa' }).run({ n: 1 });
    expect(error).toMatchObject({
      code: 'workflow.no-handler',
      message: expect.stringContaining('did you mean "f.a"?'),
    });
  });

  it('keeps the code of what failed, and says of each task how it ended', async () => {
    const run = await workflow('f')
      .task('a', { action: () => Promise.reject(new AppError('bill.none', 'Bring a bill.')) })
      .task('b', { needs: 'a', action: () => 1 })
      .run();
    expect(run).toMatchObject({
      status: 'FAILED',
      error: { code: 'bill.none' },
      tasks: { a: { status: 'FAILED', error: { code: 'bill.none' } }, b: { status: 'CANCELLED' } },
    });
  });

  it('waits for what is not there yet', async () => {
    let looks = 0;
    const there = new Set<string>();
    const run = await workflow('f')
      .task('first', { requires: ['data:bill'], action: () => 'bill' })
      .task('second', {
        needs: 'first',
        action: () => {
          if ((looks += 1) < 3) throw blockedOn('the export');
          return 'export';
        },
      })
      .run({}, { isThere: (key) => there.has(key) || !there.add(key) });
    expect(run).toMatchObject({ status: 'COMPLETED', results: { first: 'bill', second: 'export' } });
    expect(run.tasks['second']?.attempts).toBe(3);
  });

  it('runs child workflows by the same functions', async () => {
    const inner = workflow('inner').task('twice', {
      with: { n: '${ input.n }' },
      action: ({ n }: { n: number }) => 2 * n,
    });
    const outer = defineWorkflow({
      name: 'outer',
      version: '1',
      tasks: { child: { uses: 'workflow', with: { name: 'inner', input: { n: 4 } } } },
    });
    const { Workflow } = await import('./runner.js');
    const functions = { 'inner.twice': ({ n }: { n: number }) => 2 * n };
    const done = await Workflow.run(outer, functions, {}, { workflows: [inner.definition] });
    expect(done.results).toEqual({ child: { twice: 8 } });
    const none = await Workflow.run(outer, functions, {}, { workflows: [] });
    expect(none.error).toMatchObject({ code: 'workflow.unknown' });
  });

  it('fails a run whose output does not fit its schema, with every problem', async () => {
    const output = { type: 'object', properties: { n: { type: 'number' }, at: { type: 'string' } } };
    const outputs = { n: '${ tasks.a.output }', at: '${ tasks.a.output }' };
    const run = await workflow('f', { output, outputs })
      .task('a', { action: () => true })
      .run();
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'workflow.invalid-output' } });
    expect(run.error?.details?.['problems']).toHaveLength(2);
  });
});
