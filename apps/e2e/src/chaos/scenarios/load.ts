import { WorkflowError, defineWorkflow, parseWorkflow } from '@trimtab/workflow';
import type { WorkflowDocument } from '@trimtab/workflow';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import { audited, orderOf } from '../workflows.js';

type Tasks = WorkflowDocument['tasks'];

const LARGE_MS = 900_000;
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

const chainOf = (length: number): Tasks =>
  Object.fromEntries(
    names('t', length).map((id, i) => [id, { uses: 'chaos.work', ...(i > 0 ? { needs: `t${i - 1}` } : {}) }]),
  );

/** Two layers in which each task of the second needs each of the first: width × width dependencies. */
function diamondOf(width: number): Tasks {
  const first = names('a', width);
  const task = { uses: 'chaos.work' };
  const second = names('b', width).map((id): [string, Tasks[string]] => [id, { ...task, needs: first }]);
  return Object.fromEntries([
    ['top', task],
    ...first.map((id): [string, Tasks[string]] => [id, { ...task, needs: 'top' }]),
    ...second,
    ['bottom', { ...task, needs: names('b', width) }],
  ]);
}

const refused: Readonly<Record<string, () => unknown>> = {
  cycle: () =>
    defineWorkflow({
      ...{ name: 'x', version: '1' },
      tasks: { a: { uses: 'chaos.work', needs: 'b' }, b: { uses: 'chaos.work', needs: 'a' } },
    }),
  'self-dependency': () =>
    defineWorkflow({ name: 'x', version: '1', tasks: { a: { uses: 'chaos.work', needs: 'a' } } }),
  'unknown dependency': () =>
    defineWorkflow({ name: 'x', version: '1', tasks: { a: { uses: 'chaos.work', needs: 'ghost' } } }),
  'duplicate name': () =>
    parseWorkflow('name: x\nversion: 1\ntasks:\n  a: { uses: chaos.work }\n  a: { uses: chaos.work }\n'),
};

function expectRefused(context: ChaosContext): void {
  for (const [what, define] of Object.entries(refused)) {
    let problem: unknown;
    try {
      define();
    } catch (error) {
      problem = error;
    }
    const right = problem instanceof WorkflowError && problem.code === 'workflow.invalid-definition';
    context.expect(right, `a definition with a ${what} was not refused: ${String(problem)}`);
  }
}

export const largeWorkflows: Scenario = {
  fault: 22,
  title:
    'fan-out of 10,000, chain of 1,000, diamond of 200 × 200; cycle, self-dependency, duplicate name, unknown dependency',
  promise: 'the first three finish; the others are refused at validation',
  async run(context): Promise<Figures> {
    const [elements, length, width] = context.of([300, 60, 15], [10_000, 1_000, 200]);
    const each = { uses: 'chaos.work', forEach: 'input.list', concurrency: 500, with: { n: '${ item }' } };
    const documents: Record<string, Tasks> = {
      wide: { each },
      long: chainOf(length),
      diamond: diamondOf(width),
    };
    const workflows = new Map(
      Object.entries(documents).map(([name, tasks]) => [name, audited(name, { tasks })]),
    );
    const engine = await context.engine({ workflows, env: { TRIMTAB_CONCURRENCY: '200' } });
    const took: Record<string, number> = {};
    for (const name of Object.keys(documents)) {
      const began = performance.now();
      await engine.begin({
        ...orderOf(name, 0),
        input: { list: Array.from({ length: elements }, (_, i) => i) },
      });
      await context.expectEnds(engine, LARGE_MS);
      took[`${name}Ms`] = Math.round(performance.now() - began);
    }
    expectRefused(context);
    return { elements, length, width, ...took, refusedAtValidation: Object.keys(refused).length };
  },
};

const conditions: Readonly<Record<string, string>> = {
  throws: '[1, 2][9] > 0',
  'is-no-boolean': 'tasks.look.output.n',
  'reads-missing': 'tasks.look.output.nothing.there > 1',
  'runs-long': '[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, a * b > 0))',
};

export const conditionsBreak: Scenario = {
  fault: 23,
  title: 'a condition throws, is no boolean, reads a result that is missing, runs long or would run for ever',
  promise:
    'the run FAILED with the reason, in bounded time, or the definition is refused; nothing is evaluated as code',
  async run(context): Promise<Figures> {
    const workflows = new Map(
      Object.entries(conditions).map(([name, when]) => [
        name,
        audited(name, {
          tasks: { look: { uses: 'chaos.work' }, act: { uses: 'chaos.effect', needs: 'look', when } },
        }),
      ]),
    );
    const engine = await context.engine({ workflows });
    const began = performance.now();
    await engine.beginAll(
      Object.keys(conditions).map((name) => ({
        ...orderOf(name, 0),
        expected: { status: name === 'runs-long' ? 'COMPLETED' : 'FAILED' },
      })),
    );
    await context.expectEnds(engine);
    const tookMs = Math.round(performance.now() - began);
    context.expect(
      engine.provider.effects.length === 1,
      'a task started though its condition gave no answer',
    );
    const forEver = nestedLoops(12);
    let refusedForEver = false;
    try {
      defineWorkflow({
        name: 'x',
        version: '1',
        tasks: { look: { uses: 'chaos.work' }, act: { uses: 'chaos.work', needs: 'look', when: forEver } },
      });
    } catch (error) {
      refusedForEver = error instanceof WorkflowError;
    }
    context.expect(refusedForEver, 'a condition of twelve nested loops was not refused');
    return {
      conditions: Object.keys(conditions).length,
      slowestMs: tookMs,
      nestedLoopsRefused: refusedForEver,
    };
  },
};

/** A thousand million million steps, written down in a line. */
const nestedLoops = (depth: number): string =>
  depth === 0 ? 'true' : `[1,2,3,4,5,6,7,8,9,10].all(v${depth}, ${nestedLoops(depth - 1)})`;
