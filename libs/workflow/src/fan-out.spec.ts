import { describe, expect, it } from '@jest/globals';
import { TestRun } from './testing.js';

const fan = (more: object = {}, rest: object = {}) => ({
  ...rest,
  tasks: {
    f: {
      uses: 'x.y',
      forEach: 'input.list',
      concurrency: 2,
      with: { i: '${ item }', at: '${ index }' },
      ...more,
    },
    end: { uses: 'x.y', needs: ['f'], with: { all: '${ tasks.f.output }' } },
  },
});

describe('a fan-out', () => {
  it('keeps its bound and collects the results in order', () => {
    const run = TestRun.of(fan(), { list: ['a', 'b', 'c'] });
    expect(run.sent.map((s) => [s.task, s.input])).toEqual([
      ['f[0]', { i: 'a', at: 0 }],
      ['f[1]', { i: 'b', at: 1 }],
    ]);
    run.complete('f[1]', 'B').complete('f[2]', 'C').complete('f[0]', 'A');
    expect(run.sent.at(-1)).toMatchObject({ task: 'end', input: { all: ['A', 'B', 'C'] } });
  });

  it('over an empty list is complete at once', () => {
    expect(TestRun.of(fan(), { list: [] }).sent).toMatchObject([{ task: 'end', input: { all: [] } }]);
  });

  it('fails at the first failed element under failFast', () => {
    const run = TestRun.of(fan(), { list: [1, 2, 3] }).fail('f[1]');
    expect(run.picture).toBe('f=FAILED end=CANCELLED f[0]=CANCELLED f[1]=FAILED');
    expect(run.state.status).toBe('FAILED');
  });

  it('under `continue` goes on with null for what failed', () => {
    const run = TestRun.of(fan({ onError: 'continue' }), { list: [1, 2, 3] })
      .fail('f[1]')
      .complete('f[0]', 'A')
      .complete('f[2]', 'C');
    expect(run.sent.at(-1)).toMatchObject({ task: 'end', input: { all: ['A', null, 'C'] } });
  });

  it('fails when its list is none', () => {
    expect(TestRun.of(fan(), { list: 'abc' }).state.fate).toMatchObject({
      error: { code: 'workflow.not-a-list' },
    });
  });

  it('of 10,000 elements ends, and replays to the same state', () => {
    const run = TestRun.of(fan({ concurrency: 100, with: {} }), {
      list: Array.from({ length: 10_000 }, (_, i) => i),
    });
    for (let i = 0; i < 10_000; i += 1) run.complete(`f[${i}]`, i);
    expect(run.complete('end').state.status).toBe('COMPLETED');
    expect(run.replayed()).toEqual(run.state);
  });

  it('survives a chain of 1,000 and a diamond of 200 × 200', () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `t${i}`);
    const chain = TestRun.of({
      tasks: Object.fromEntries(ids.map((id, i) => [id, { uses: 'x.y', needs: i ? [`t${i - 1}`] : [] }])),
    });
    for (const id of ids) chain.complete(id);
    expect(chain.state.status).toBe('COMPLETED');
    const skipped = TestRun.of({
      tasks: Object.fromEntries(
        ids.map((id, i) => [id, { uses: 'x.y', when: i ? 'true' : 'false', needs: i ? [`t${i - 1}`] : [] }]),
      ),
    });
    expect(skipped.state.status).toBe('COMPLETED');
    const top = ids.slice(0, 200);
    const bottom = ids.slice(200, 400);
    const diamond = TestRun.of({
      tasks: Object.fromEntries([
        ...top.map((id) => [id, { uses: 'x.y' }]),
        ...bottom.map((id) => [id, { uses: 'x.y', needs: top }]),
      ]),
    });
    for (const id of [...top, ...bottom]) diamond.complete(id);
    expect(diamond.state.status).toBe('COMPLETED');
  });
});
