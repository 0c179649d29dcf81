import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defineWorkflow } from './parse-definition.js';
import { carryOver } from './restart.js';
import type { RestartOptions } from './restart.js';
import type { WorkflowDocument } from './definition-schema.js';
import { ANNA, TestRun } from './testing.js';

const work = { uses: 'x.y' };
const of = (run: TestRun, options: RestartOptions): TestRun => {
  const again = new TestRun(run.workflow.definition);
  const carry = carryOver(run.workflow, run.state, options);
  const { runId, workflow, input } = run.state;
  return again.give({
    kind: 'start',
    runId: 'r2',
    workflow,
    input,
    by: ANNA,
    restart: { runId, from: options.from },
    carry,
  });
};

describe('a run that is done again', () => {
  const chain = { tasks: { a: work, b: { ...work, needs: ['a'] }, c: { ...work, needs: ['b'] } } };

  it('starts from its beginning when no task is named', () => {
    const again = of(TestRun.of(chain).complete('a').fail('b'), {});
    expect(again.picture).toBe('a=QUEUED b=PENDING c=PENDING');
  });

  it('keeps the results of what came before the task from which it goes on', () => {
    const run = TestRun.of(chain).complete('a', { n: 1 }).complete('b').complete('c');
    const again = of(run, { from: 'b' });
    expect(again.picture).toBe('a=COMPLETED b=QUEUED c=PENDING');
    expect(again.state.tasks.get('a')).toMatchObject({ output: { n: 1 }, attempt: 0 });
    expect(again.complete('b').complete('c').state.status).toBe('COMPLETED');
  });

  it('does again what had failed before the named task', () => {
    const again = of(TestRun.of(chain).complete('a').fail('b'), { from: 'c' });
    expect(again.picture).toBe('a=COMPLETED b=QUEUED c=PENDING');
  });

  it('takes over fan-outs with the results of their elements, in order', () => {
    const run = TestRun.of({
      tasks: {
        each: { ...work, forEach: '[1, 2]', onError: 'continue' },
        sum: { ...work, needs: ['each'], with: '${ tasks.each.output }' },
      },
    });
    run.complete('each[1]', 20).complete('each[0]', 10).complete('sum');
    const again = of(run, { from: 'sum' });
    expect(again.sent.map(({ task, input }) => [task, input])).toEqual([['sum', [10, 20]]]);
  });

  it('asks again for the approval of what it does again, and for all when the input is another one', () => {
    const approval = { uses: 'approval', approval: { digest: 'd' } };
    const tasks = {
      ok: approval,
      act: { ...work, needs: ['ok'] },
      report: { ...work, needs: ['act'] },
    };
    const run = TestRun.of({ tasks });
    run.give({ kind: 'decision', task: 'ok', granted: true, digest: 'd', by: ANNA });
    run.complete('act').complete('report');
    expect(of(run, { from: 'act' }).picture).toBe('ok=WAITING act=PENDING report=PENDING');
    expect(of(run, { from: 'report' }).picture).toBe('ok=COMPLETED act=COMPLETED report=QUEUED');
    expect(of(run, { from: 'report', edited: true }).status('ok')).toBe('WAITING');
  });

  it('does not take over what was undone, and undoes what it took over when it fails itself', () => {
    const effect = { ...work, compensate: { uses: 'x.undo' } };
    const run = TestRun.of({
      tasks: { a: effect, b: { ...work, needs: ['a'], onError: 'compensate' } },
    });
    run.complete('a').fail('b').complete('a~undo');
    expect(run.state.status).toBe('COMPENSATED');
    expect(of(run, { from: 'b' }).picture).toBe('a=QUEUED b=PENDING');
    const kept = of(TestRun.of(chainWith(effect)).complete('a').complete('b').fail('c'), { from: 'c' });
    kept.fail('c');
    expect(kept.status('a~undo')).toBe('QUEUED');
  });

  it('runs `always` tasks again and names an unknown task', () => {
    const run = TestRun.of({ tasks: { a: work, tidy: { ...work, needs: ['a'], always: true } } });
    run.complete('a').complete('tidy');
    expect(of(run, { from: 'tidy' }).picture).toBe('a=COMPLETED tidy=QUEUED');
    expect(() => of(run, { from: 'ghost' })).toThrow('There is no task "ghost"');
  });

  it('never lets a task start before what it needs is there, whatever the graph', () => {
    const graph = fc.array(fc.uniqueArray(fc.nat(8), { maxLength: 3 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(graph, fc.nat(8), fc.array(fc.boolean()), (needs, pick, fails) => {
        const tasks = Object.fromEntries(
          needs.map((ids, i) => [
            `t${i}`,
            {
              ...work,
              onError: 'continue' as const,
              needs: ids.filter((id) => id < i).map((id) => `t${id}`),
            },
          ]),
        );
        const run = finished(TestRun.of({ failFast: false, tasks }), fails);
        const from = `t${pick % needs.length}`;
        const again = of(run, { from });
        for (const [id, { needs: wanted }] of Object.entries(tasks)) {
          const status = again.status(id);
          const ready = wanted.every((need) => again.status(need) === 'COMPLETED');
          expect([id, status]).toEqual([id, status === 'COMPLETED' ? status : ready ? 'QUEUED' : 'PENDING']);
          if (status === 'COMPLETED') expect(ready && id !== from).toBe(true);
        }
        expect(again.replayed()).toEqual(again.state);
        expect(finished(again, []).state.status).toBe('COMPLETED');
      }),
    );
  });
});

const chainWith = (effect: object): Omit<WorkflowDocument, 'name' | 'version'> => ({
  tasks: {
    a: effect as typeof work,
    b: { ...work, needs: ['a'] },
    c: { ...work, needs: ['b'], onError: 'compensate' },
  },
});

function finished(run: TestRun, fails: readonly boolean[]): TestRun {
  for (let i = 0; run.state.active.size > 0; i += 1) {
    const [key = ''] = run.state.active;
    if (fails[i]) run.fail(key);
    else run.complete(key);
  }
  return run;
}

describe('a look at everything that may start', () => {
  it('changes nothing in a healthy run', () => {
    const definition = defineWorkflow({
      name: 'w',
      version: '1',
      tasks: { a: work, b: { ...work, needs: ['a'] } },
    });
    const run = new TestRun(definition).start();
    const before = run.events.length;
    expect(run.give({ kind: 'wake' }).events).toHaveLength(before);
    expect(run.complete('a').complete('b').give({ kind: 'wake' }).refusal).toBeUndefined();
  });
});
