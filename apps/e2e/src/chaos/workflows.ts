import { defineWorkflow } from '@trimtab/workflow';
import type { WorkflowDocument } from '@trimtab/workflow';
import type { AuditedWorkflow } from '@trimtab/testing/audit';
import type { SeededRandom } from '../random.js';

type Document = Omit<WorkflowDocument, 'name' | 'version'>;

const quick = { maxAttempts: 6, initialDelay: '200ms', maxDelay: '2s' };
const work = { uses: 'chaos.work', retry: quick };
const effect = { uses: 'chaos.effect', retry: quick };
const undo = { uses: 'chaos.undo', retry: quick };

/** The small workflows that faults are thrown at. */
const documents: Readonly<Record<string, Document>> = {
  chain: {
    tasks: {
      one: { ...work, with: { n: '${ input.n }', ms: '${ input.ms }' } },
      two: { ...effect, needs: 'one', with: { n: '${ tasks.one.output.n }', ms: '${ input.ms }' } },
      three: { ...work, needs: 'two', with: { n: '${ tasks.two.output.n }' } },
    },
    outputs: { n: '${ tasks.three.output.n }' },
  },
  fan: {
    tasks: {
      first: { ...work, with: { n: '${ input.n }' } },
      each: {
        ...effect,
        needs: 'first',
        forEach: '[1, 2, 3, 4]',
        concurrency: 2,
        with: { n: '${ item }', ms: '${ input.ms }' },
      },
      last: { ...work, needs: 'each', with: { n: '${ tasks.first.output.n }' } },
    },
    outputs: { n: '${ tasks.last.output.n }' },
  },
  branch: {
    tasks: {
      look: { ...work, with: { n: '${ input.n }', ms: '${ input.ms }' } },
      large: { ...effect, needs: 'look', when: 'tasks.look.output.n > 5', with: { n: 100 } },
      end: { ...work, needs: 'large', always: true, with: { n: '${ tasks.look.output.n }' } },
    },
    outputs: { n: '${ tasks.end.output.n }' },
  },
  saga: {
    tasks: {
      reserve: { ...effect, compensate: undo, with: { ms: '${ input.ms }' } },
      charge: { ...effect, needs: 'reserve', compensate: undo },
      ship: {
        ...work,
        needs: 'charge',
        onError: 'compensate',
        with: { fail: 'never', ms: '${ input.ms }' },
      },
    },
  },
  gate: {
    tasks: {
      plan: work,
      ok: { uses: 'approval', needs: 'plan', approval: { digest: 'plan-1' }, with: { title: 'Go?' } },
      act: { ...effect, needs: 'ok' },
    },
  },
  hold: { tasks: { wait: { uses: 'signal', with: { name: 'go' } }, after: { ...effect, needs: 'wait' } } },
};

const conditions: Readonly<Record<string, AuditedWorkflow['conditions']>> = {
  branch: new Map([['large', { on: 'look', above: 5 }]]),
};

export const audited = (name: string, document: Document): AuditedWorkflow => ({
  definition: defineWorkflow({ name, version: '1', ...document }),
  conditions: conditions[name] ?? new Map(),
});

/** By name, with what the auditor must know. */
export const chaosWorkflows: ReadonlyMap<string, AuditedWorkflow> = new Map(
  Object.entries(documents).map(([name, document]) => [name, audited(name, document)]),
);

export interface Order {
  readonly workflow: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What a run without any fault comes to; `ANY` where any end is right. */
  readonly expected: { readonly status: string; readonly output?: unknown };
}

const outcomes: Readonly<Record<string, (n: number) => Order['expected']>> = {
  chain: (n) => ({ status: 'COMPLETED', output: { n: n + 3 } }),
  fan: (n) => ({ status: 'COMPLETED', output: { n: n + 2 } }),
  branch: (n) => ({ status: 'COMPLETED', output: { n: n + 2 } }),
  saga: () => ({ status: 'COMPENSATED' }),
};

export function orderOf(workflow: string, n: number, ms = 0): Order {
  const expected = outcomes[workflow]?.(n) ?? { status: 'COMPLETED' };
  return { workflow, input: { n, ms }, expected };
}

/** A mix of small runs that need nobody. */
export const orders = (random: SeededRandom, count: number, ms = 0): Order[] =>
  Array.from({ length: count }, () =>
    orderOf(random.pick(['chain', 'fan', 'branch', 'saga']), random.between(0, 9), random.between(0, ms)),
  );
