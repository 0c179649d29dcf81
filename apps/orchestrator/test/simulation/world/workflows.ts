import { canonicalJson } from '@trimtab/kernel';
import { AppError } from '@trimtab/kernel';
import type { AuditedWorkflow } from '@trimtab/testing/audit';
import { compileWorkflow, defineWorkflow } from '@trimtab/workflow';
import type { CompiledWorkflow, WorkflowDefinition, WorkflowDocument, WorkflowRef } from '@trimtab/workflow';
import { Definitions } from '../../../src/outbound/definitions.js';
import type { PinnedWorkflow } from '../../../src/outbound/definitions.js';
import { Random } from '../engine/random.js';

/** Actions of the simulated service: `work` only computes, the others have an external effect. */
export const ACTIONS = ['work', 'effect', 'undo'] as const;
/** Its handler says `effects: 'none'`. */
export const COMPUTED = 'sim.work';
export const CHILD = 'sim-child';

type Task = WorkflowDocument['tasks'][string];

const VARIETY = 400;
const generated = new Map<number, AuditedWorkflow>();

/** One of a fixed number of random workflows; each is made (and compiled) once per process. */
export function workflowOf(random: Random): AuditedWorkflow {
  const number = random.integer(0, VARIETY - 1);
  const known = generated.get(number) ?? generate(number);
  generated.set(number, known);
  return known;
}

function generate(number: number): AuditedWorkflow {
  const random = new Random(number + 77_000);
  const conditions = new Map<string, { on: string; above: number }>();
  const tasks: Record<string, Task> = {};
  const size = random.integer(1, 6);
  for (let i = 0; i < size; i += 1) {
    const id = `t${i}`;
    const needs = Object.keys(tasks).filter(() => random.chance(0.45));
    const on = needs.find((need) => isPlain(tasks[need]));
    const task = taskOf(random, needs);
    if (on !== undefined && random.chance(0.4)) {
      const above = random.integer(-1, 4);
      conditions.set(id, { on, above });
      tasks[id] = { ...task, when: `tasks.${on}.output.n > ${above}` };
    } else tasks[id] = task;
  }
  if (random.chance(0.25)) tasks.last = { uses: 'sim.work', needs: Object.keys(tasks), always: true };
  const timeout = random.chance(0.15) ? random.integer(5_000, 60_000) : undefined;
  const document = { name: `sim-${number}`, version: '1', failFast: random.chance(0.6), tasks };
  return {
    definition: defineWorkflow(timeout === undefined ? document : { ...document, timeout }),
    conditions,
  };
}

const isPlain = (task: Task | undefined): boolean =>
  task !== undefined && task.forEach === undefined && task.uses.startsWith('sim.');

function taskOf(random: Random, needs: string[]): Task {
  const onError = random.pick(['fail', 'fail', 'continue', 'compensate', 'suspend'] as const);
  const base = { needs, onError, optional: random.chance(0.1) };
  const luck = random.next();
  if (luck < 0.12) {
    const expiresIn = random.pick([8_000, 60_000]);
    return { ...base, uses: 'approval', approval: { digest: `plan-${needs.length}`, expiresIn } };
  }
  if (luck < 0.2) return { ...base, uses: 'timer', with: { duration: random.integer(500, 20_000) } };
  if (luck < 0.25) return { ...base, uses: 'workflow', with: { name: CHILD, input: {} } };
  return workOf(random, base);
}

function workOf(random: Random, base: Task extends infer T ? Partial<T> & { needs: string[] } : never): Task {
  const uses = random.pick(['sim.work', 'sim.effect'] as const);
  const retry = { maxAttempts: random.integer(1, 4), initialDelay: random.integer(100, 3_000) };
  const timeout = random.pick([
    { run: 1_800_000 },
    { run: 1_800_000 },
    { run: random.integer(2_000, 20_000) },
    { queue: 30_000, run: 25_000, heartbeat: 12_000 },
  ]);
  const undo = { uses: 'sim.undo', retry: { maxAttempts: 5, initialDelay: 500 } };
  return {
    ...base,
    ...{ uses, retry, timeout },
    ...(uses === 'sim.effect' && random.chance(0.7) ? { compensate: undo } : {}),
    ...(random.chance(0.15) ? { forEach: '[1, 2, 3]', concurrency: random.integer(1, 3) } : {}),
  };
}

const child = defineWorkflow({ name: CHILD, version: '1', tasks: { only: { uses: 'sim.effect' } } });
export const childWorkflow: AuditedWorkflow = { definition: child, conditions: new Map() };

const pins = new WeakMap<WorkflowDefinition, PinnedWorkflow>();

function pin(definition: WorkflowDefinition): PinnedWorkflow {
  const known = pins.get(definition);
  if (known) return known;
  const { name, version } = definition;
  const digest = `sha256:${canonicalJson(definition).length}-${name}`;
  const pinned = { ref: { name, version, digest }, workflow: compileWorkflow(definition) };
  pins.set(definition, pinned);
  return pinned;
}

/** The table of definitions, which every instance reads the same. */
export class SimDefinitions extends Definitions {
  private readonly byName = new Map<string, PinnedWorkflow>();

  constructor(workflows: Iterable<AuditedWorkflow>) {
    super();
    for (const { definition } of workflows) this.byName.set(definition.name, pin(definition));
  }
  override register(definition: WorkflowDefinition): Promise<PinnedWorkflow> {
    return Promise.resolve(pin(definition));
  }
  override current(name: string): PinnedWorkflow {
    const pinned = this.byName.get(name);
    if (pinned) return pinned;
    throw new AppError('workflow.unknown', `There is no workflow "${name}".`);
  }
  override pinned(ref: WorkflowRef): Promise<CompiledWorkflow> {
    return Promise.resolve(this.current(ref.name).workflow);
  }
}
