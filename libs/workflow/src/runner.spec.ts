import { describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import { defineWorkflow } from './parse-definition.js';
import { Workflow } from './runner.js';
import type { Progress } from './runner.js';

const flow = defineWorkflow({
  name: 'sums',
  version: '1',
  tasks: {
    numbers: { uses: 'math.numbers' },
    squares: {
      uses: 'math.square',
      needs: ['numbers'],
      forEach: 'tasks.numbers.output',
      with: { n: '${ item }' },
    },
    pause: { uses: 'timer', needs: ['squares'], with: { duration: '1h' } },
    sum: { uses: 'math.sum', needs: ['pause', 'squares'], with: { list: '${ tasks.squares.output }' } },
  },
  outputs: { total: '${ tasks.sum.output }' },
});

describe('the in-memory runner', () => {
  it('runs plain functions in order, skips over waiting time, reports progress', async () => {
    const seen: Progress[] = [];
    let tries = 0;
    const handlers = {
      'math.numbers': async () => [1, 2, 3],
      'math.square': ({ n }: { n: number }, context: { progress(share: number): void }) => {
        context.progress(1);
        if (n === 2 && tries++ === 0) throw new Error('flaky');
        return n * n;
      },
      'math.sum': ({ list }: { list: number[] }) => list.reduce((a, b) => a + b, 0),
    };
    const result = await Workflow.run(flow, handlers, {}, { onProgress: (p) => seen.push(p) });
    expect(result).toMatchObject({
      status: 'COMPLETED',
      output: { total: 14 },
      results: { squares: [1, 4, 9] },
    });
    expect(tries).toBe(2);
    expect(seen.some((p) => p.kind === 'progress' && p.task === 'squares[0]')).toBe(true);
  });

  it('ends as FAILED on a terminal error and keeps its code', async () => {
    const handlers = { 'math.numbers': () => Promise.reject(new AppError('math.none', 'Bring numbers.')) };
    const result = await Workflow.run(flow, handlers);
    expect(result.state.fate).toMatchObject({ to: 'FAILED', error: { code: 'math.none' } });
  });

  it('says so when only a person could go on', async () => {
    const stuck = defineWorkflow({
      name: 's',
      version: '1',
      tasks: { a: { uses: 'x.y', onError: 'suspend', retry: { maxAttempts: 1 } } },
    });
    await expect(Workflow.run(stuck, { 'x.y': () => Promise.reject(new Error('no')) })).rejects.toMatchObject(
      { code: 'workflow.waits-for-ever' },
    );
  });
});
