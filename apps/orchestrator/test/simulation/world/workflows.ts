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
/** What some tasks require: it is not there when the world begins. */
export const LATE = 'data:late';

type Task = WorkflowDocument['tasks'][string];

const VARIETY = 400;
/** Share of workflows. */
const PIPELINES = 0.3;
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
  return random.chance(PIPELINES) ? pipeline(random, number) : graph(random, number);
}

function graph(random: Random, number: number): AuditedWorkflow {
  const conditions = new Map<string, { on: string; above: number }>();
  const given = new Map<string, string>();
  const tasks: Record<string, Task> = {};
  const size = random.integer(1, 6);
  for (let i = 0; i < size; i += 1) {
    const id = `t${i}`;
    const needs = Object.keys(tasks).filter(() => random.chance(0.45));
    const on = needs.find((need) => isPlain(tasks[need]));
    const task = taskOf(random, needs);
    if (on !== undefined && task.uses.startsWith('sim.') && random.chance(0.75)) {
      given.set(id, on);
      task.with = givenBy(on);
    }
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
    given,
  };
}

/** Tasks that only compute, each from what the one before it found: their commands are sent before they are decided. */
function pipeline(random: Random, number: number): AuditedWorkflow {
  const given = new Map<string, string>();
  const first: Task = { uses: COMPUTED, retry: { maxAttempts: 4, initialDelay: 100 } };
  const tasks: Record<string, Task> = { t0: first };
  const size = random.integer(3, 6);
  for (let i = 1; i < size; i += 1) {
    const before = `t${i - 1}`;
    given.set(`t${i}`, before);
    tasks[`t${i}`] = { ...first, needs: before, with: givenBy(before) };
  }
  const definition = defineWorkflow({ name: `sim-${number}`, version: '1', tasks });
  return { definition, conditions: new Map(), given };
}

const givenBy = (task: string) => ({ given: `\${ tasks.${task}.output }` });

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
  const uses = random.pick(['sim.work', 'sim.work', 'sim.effect'] as const);
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
    ...(random.chance(0.12) ? { requires: [LATE] } : {}),
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
  override known(name: string): PinnedWorkflow | undefined {
    return this.byName.get(name);
  }
  override async find(name: string): Promise<PinnedWorkflow> {
    const pinned = this.known(name);
    if (pinned) return pinned;
    throw new AppError('workflow.unknown', `There is no workflow "${name}".`);
  }
  override async pinned(ref: WorkflowRef): Promise<CompiledWorkflow> {
    return (await this.find(ref.name)).workflow;
  }
}
