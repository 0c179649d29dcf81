import type { EventAppender, EventLog } from '@trimtab/event-store';
import type { Json } from '@trimtab/kernel';
import type { Logger, TraceBudget } from '@trimtab/observability';
import type { Actor, ParentRef } from '@trimtab/workflow';
import type { BareInput } from '../domain/people.js';
import type { LogRow } from '../domain/public-events.js';
import type { RecoveryPace } from '../domain/recovery-pace.js';
import type { Asked } from '../domain/stored-run-event.js';
import type { Definitions } from '../outbound/definitions.js';
import type { Operations } from '../outbound/operations.js';
import type { Steering } from './steering.js';
import type { DatabaseClock } from '../outbound/run-clock.js';
import type { EngineLimits } from '../domain/limits.js';
import type { HeldCommands } from '../outbound/held-commands.js';
import type { Dependencies } from './dependencies.js';
import type { RunSpans } from '../outbound/run-spans.js';
import type { TaskBus } from '../outbound/task-bus.js';
import type { PartitionRuns } from './partition-runs.js';

/** A new run; the same `runId` never starts twice. */
export interface StartRun {
  readonly kind: 'start';
  readonly runId: string;
  readonly workflow: string;
  readonly version?: string;
  readonly input: Json;
  readonly labels: Readonly<Record<string, string>>;
  readonly by: Actor;
  readonly parent?: ParentRef;
}

/** An input to a run that is there; `key` makes a repetition find the first one's answer. */
export interface GiveInput {
  readonly kind: 'input';
  readonly runId: string;
  readonly key?: string;
  readonly input: BareInput;
  readonly asked?: Asked;
}

/** A new run that does a terminal one again; the same `runId` never starts twice. */
export interface RestartRun {
  readonly kind: 'restart';
  readonly runId: string;
  readonly of: string;
  readonly from?: string;
  /** The old run's input unless told. */
  readonly input?: Json;
  readonly by: Actor;
}

/** Tells a terminal run that another one does it again. */
export interface LinkRun {
  readonly kind: 'link';
  readonly runId: string;
  readonly key: string;
  readonly as: string;
  readonly from?: string;
  readonly by: Actor;
  readonly asked: Asked;
}

export type RunRequest = StartRun | GiveInput | RestartRun | LinkRun;

/** Given after the commit. */
export interface RunAnswer {
  readonly runId: string;
  readonly status: string;
}

/** The way to a run, whichever instance owns it. Throws `bus.no-answer` (later) while nobody does. */
export abstract class RunRouter {
  abstract ask(request: RunRequest): Promise<RunAnswer>;
}

/** What the owner of a partition uses of the world. */
export interface World extends Pick<Operations, 'incidents' | 'openRuns' | 'archives'> {
  readonly appender: EventAppender;
  readonly log: EventLog;
  readonly definitions: Definitions;
  readonly bus: TaskBus;
  readonly held: HeldCommands;
  readonly router: RunRouter;
  readonly clock: DatabaseClock;
  readonly pace: RecoveryPace;
  readonly spans: RunSpans;
  /** Says which new runs are traced. */
  readonly traces: TraceBudget;
  /** Chooses where tasks go; without it a `route` of the definition is believed. */
  readonly steering?: Steering;
  readonly dependencies: Dependencies;
  readonly limits: EngineLimits;
  readonly logger: Logger;
  readonly random: () => number;
  readonly newId: () => string;
  /** Waiting runs without anything to do for so long leave memory. */
  readonly restAfterMs: number;
  /** A command without a sign of life for so long is looked for. */
  readonly resendAfterMs: number;
  /** A run without a reason to wait for so long is repaired and reported. */
  readonly stuckAfterMs: number;
  /** Events were stored, the first of them at this place of the partition: others may hear of them. */
  stored(partition: number, rows: readonly LogRow[], firstSequence: number): void;
  /** The partition belongs to another instance. */
  fenced(partition: number): void;
  /** The runs of a partition that this instance owns. */
  owned(partition: number): PartitionRuns | undefined;
}

type Patience = Pick<World, 'restAfterMs' | 'resendAfterMs' | 'stuckAfterMs'>;

export const patienceOf = ({
  restAfterMs = 60_000,
  resendAfterMs = 20_000,
  stuckAfterMs = 60_000,
}: Partial<Patience>): Patience => ({ restAfterMs, resendAfterMs, stuckAfterMs });
