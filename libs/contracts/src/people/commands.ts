import { z } from 'zod';
import { actor } from './actor.js';
import { definitionCommands } from './definitions.js';
import { operationCommands } from './operations.js';
import { steeringCommands } from './steering.js';
import { scheduleCommands } from './schedules.js';

const changed = z.object({ runId: z.string(), status: z.string() });
const task = { runId: z.string(), taskId: z.string() };

/** People's commands: request/reply on `trimtab.people.<name>` to the orchestrator, answered after its commit. */
export const peopleCommands = {
  'start-run': {
    request: z.object({
      workflow: z.string(),
      version: z.int().optional(),
      /** A version that is no whole number; it wins over `version`. */
      workflowVersion: z.string().optional(),
      input: z.unknown(),
      labels: z.record(z.string(), z.string()).default({}),
      ...actor,
    }),
    reply: changed,
  },
  'cancel-run': {
    request: z.object({
      runId: z.string(),
      /** Undo completed effects, the latest first; the run then ends as COMPENSATED. */
      compensate: z.boolean().optional(),
      ...actor,
    }),
    reply: changed,
  },
  'pause-run': {
    request: z.object({ runId: z.string(), ...actor }),
    reply: changed,
  },
  'resume-run': {
    request: z.object({ runId: z.string(), ...actor }),
    reply: changed,
  },
  /** Ends a run at once: nothing is waited for, nothing is undone, no `always` task runs. */
  'terminate-run': { request: z.object({ runId: z.string(), ...actor }), reply: changed },
  /** Wakes what waits for this signal or is blocked on what it names; kept for who will wait otherwise. */
  'signal-run': {
    request: z.object({
      runId: z.string(),
      name: z.string().min(1),
      payload: z.unknown().optional(),
      ...actor,
    }),
    reply: changed,
  },
  /** Tries now what waits for its next attempt. */
  'retry-task': { request: z.object({ ...task, ...actor }), reply: changed },
  /** Goes on without a task; what needs it runs. */
  'skip-task': { request: z.object({ ...task, ...actor }), reply: changed },
  /** Does a terminal run again as a new one, linked both ways; `from` keeps what came before that task. */
  'restart-run': {
    request: z.object({
      runId: z.string(),
      from: z.string().optional(),
      /** The old run's input unless told. */
      input: z.unknown().optional(),
      ...actor,
    }),
    reply: z.object({ runId: z.string(), status: z.string(), restartOf: z.string() }),
  },
  'decide-approval': {
    request: z.object({
      runId: z.string(),
      taskId: z.string(),
      decision: z.enum(['grant', 'reject']),
      /** The digest that the person saw; another digest is refused. */
      digest: z.string(),
      ...actor,
    }),
    reply: z.object({ runId: z.string(), taskId: z.string(), status: z.string(), decidedBy: z.string() }),
  },
  ...operationCommands,
  ...steeringCommands,
  ...definitionCommands,
  ...scheduleCommands,
  'show-run': {
    request: z.object({ runId: z.string() }),
    reply: z.object({ runId: z.string(), state: z.unknown(), events: z.array(z.unknown()) }),
  },
} as const;

export type PeopleCommand = keyof typeof peopleCommands;
export type PeopleRequest<C extends PeopleCommand> = z.infer<(typeof peopleCommands)[C]['request']>;
export type PeopleReply<C extends PeopleCommand> = z.infer<(typeof peopleCommands)[C]['reply']>;
