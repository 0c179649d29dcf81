import type { Sql } from '@trimtab/event-store';
import type { ApprovalView, EventData, EventType } from '@trimtab/contracts';
import { saveOutputFindings } from './findings.projection.js';
import type { Projector, Writes } from './projector.js';

type TaskChange = {
  readonly runId: string;
  readonly taskId: string;
  readonly uses: string;
  readonly state: string;
  readonly attempt: number;
  readonly at: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly reason?: string;
  readonly worker?: string;
  readonly error?: unknown;
};

const RANK: Readonly<Record<string, number>> = { QUEUED: 1, WAITING: 1, RETRYING: 2 };
const FINAL_RANK = 9;
const RANKS = 10;
/** After every attempt: what was cancelled stays cancelled. */
const LAST_PLACE = 2 ** 31 - 1;

/** Place of a change in the life of its task, by attempt and then by state. */
const placeOf = ({ state, attempt }: TaskChange): number =>
  state === 'CANCELLED' ? LAST_PLACE : attempt * RANKS + (RANK[state] ?? FINAL_RANK);

/** A task's newest state; an event from earlier in its life changes nothing. */
async function saveTask(db: Sql, change: TaskChange): Promise<void> {
  await db.query(
    `INSERT INTO tasks AS t (run_id, task_id, uses, state, attempt, place, started_at, ended_at, reason, worker, error, first_seen)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (run_id, task_id) DO UPDATE SET
       uses = excluded.uses, state = excluded.state, attempt = greatest(t.attempt, excluded.attempt),
       place = excluded.place, started_at = coalesce(excluded.started_at, t.started_at), ended_at = excluded.ended_at,
       reason = excluded.reason, worker = coalesce(excluded.worker, t.worker), error = excluded.error
     WHERE t.place <= excluded.place`,
    [
      change.runId,
      change.taskId,
      change.uses,
      change.state,
      change.attempt,
      placeOf(change),
      change.startedAt ?? (change.state === 'QUEUED' ? change.at : null),
      change.endedAt ?? null,
      change.reason ?? null,
      change.worker ?? null,
      change.error === undefined ? null : JSON.stringify(change.error),
      change.at,
    ],
  );
}

type EndedRun = EventData<'trimtab.run.completed.v1' | 'trimtab.run.failed.v1' | 'trimtab.run.cancelled.v1'>;

async function endRun(db: Writes, run: EndedRun, time: Date): Promise<void> {
  const { runId, workflow, version, status, startedAt, endedAt } = run;
  const error = 'error' in run ? run.error : null;
  const outputs = 'outputs' in run ? run.outputs : null;
  await db.query(
    `INSERT INTO runs (id, workflow, version, status, actor, labels, outputs, error, started_at, ended_at)
     VALUES ($1, $2, $3, $4, '', '{}', $5, $6, $7, $8)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, outputs = excluded.outputs, error = excluded.error,
       ended_at = excluded.ended_at`,
    [
      runId,
      workflow,
      version,
      status,
      JSON.stringify(outputs),
      error && JSON.stringify(error),
      startedAt,
      endedAt,
    ],
  );
  await saveOutputFindings(db, runId, outputs, time);
}

async function setOpenStatus(db: Sql, id: string, status: string): Promise<void> {
  await db.query('UPDATE runs SET status = $2 WHERE id = $1 AND ended_at IS NULL', [id, status]);
}

type Decision = EventData<
  'trimtab.approval.granted.v1' | 'trimtab.approval.rejected.v1' | 'trimtab.approval.expired.v1'
>;

async function decide(db: Sql, status: ApprovalView['status'], decision: Decision): Promise<void> {
  const { runId, taskId, digest, at } = decision;
  const decided = {
    status,
    decidedBy: 'by' in decision ? decision.by : null,
    policy: 'policy' in decision ? decision.policy : null,
    decidedAt: at,
  };
  // The decision may come before the request that it answers.
  const alone = { ...blankApproval, runId, taskId, digest, requestedAt: at, ...decided };
  await db.query(
    `INSERT INTO approvals AS a (run_id, task_id, status, view, requested_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (run_id, task_id) DO UPDATE SET status = excluded.status, view = a.view || $6::jsonb`,
    [runId, taskId, status, JSON.stringify(alone), at, JSON.stringify(decided)],
  );
}

const blankApproval = { title: '', details: null, expiresAt: null } as const;

/** How each event about runs, tasks, approvals and inventory changes the read model. */
export const runProjectors: { readonly [T in EventType]?: Projector<T> } = {
  'trimtab.run.started.v1': async (db, run) => {
    const { runId, workflow, version, actor, labels, input, startedAt } = run;
    await db.query(
      `INSERT INTO runs (id, workflow, version, status, actor, labels, input, started_at)
       VALUES ($1, $2, $3, 'RUNNING', $4, $5, $6, $7)
       ON CONFLICT (id) DO UPDATE SET actor = excluded.actor, labels = excluded.labels, input = excluded.input`,
      [runId, workflow, version, actor, JSON.stringify(labels), JSON.stringify(input ?? null), startedAt],
    );
  },
  // The orchestrator itself pauses a run that needs somebody: SUSPENDED.
  'trimtab.run.paused.v1': (db, { runId, actor }) =>
    setOpenStatus(db, runId, actor === 'orchestrator' ? 'SUSPENDED' : 'PAUSED'),
  'trimtab.run.resumed.v1': (db, run) => setOpenStatus(db, run.runId, 'RUNNING'),
  'trimtab.run.restarted.v1': async (db, { runId, restartedAs }) => {
    await db.query(
      `UPDATE runs SET labels = labels || jsonb_build_object('restartedAs', $2::text) WHERE id = $1`,
      [runId, restartedAs],
    );
  },
  // What was found stays: reports and recommendations outlive the run that made them.
  'trimtab.run.archived.v1': async (db, { runIds }) => {
    for (const table of ['tasks', 'approvals', 'inventory', 'events'])
      await db.query(`DELETE FROM ${table} WHERE run_id = ANY ($1)`, [runIds]);
    await db.query('DELETE FROM runs WHERE id = ANY ($1)', [runIds]);
  },
  'trimtab.run.completed.v1': endRun,
  'trimtab.run.failed.v1': endRun,
  'trimtab.run.cancelled.v1': endRun,
  'trimtab.task.queued.v1': (db, task) => saveTask(db, { ...task, state: 'QUEUED' }),
  'trimtab.task.completed.v1': (db, task) => saveTask(db, { ...task, state: 'COMPLETED', at: task.endedAt }),
  'trimtab.task.failed.v1': (db, task) =>
    saveTask(db, { ...task, state: task.willRetryAt === null ? 'FAILED' : 'RETRYING', endedAt: task.at }),
  'trimtab.task.skipped.v1': (db, task) =>
    saveTask(db, { ...task, state: 'SKIPPED', attempt: 0, endedAt: task.at }),
  'trimtab.task.waiting.v1': (db, task) => saveTask(db, { ...task, state: 'WAITING', attempt: 0 }),
  'trimtab.task.cancelled.v1': (db, task) =>
    saveTask(db, { ...task, state: 'CANCELLED', attempt: 0, endedAt: task.at }),
  'trimtab.approval.requested.v1': async (db, request) => {
    const { runId, taskId, requestedAt } = request;
    const undecided = { status: 'requested', decidedBy: null, policy: null, decidedAt: null };
    await db.query(
      `INSERT INTO approvals AS a (run_id, task_id, status, view, requested_at) VALUES ($1, $2, 'requested', $3, $4)
       ON CONFLICT (run_id, task_id) DO UPDATE SET view = a.view || $5::jsonb, requested_at = excluded.requested_at`,
      [runId, taskId, JSON.stringify({ ...request, ...undecided }), requestedAt, JSON.stringify(request)],
    );
  },
  'trimtab.approval.granted.v1': (db, decision) => decide(db, 'granted', decision),
  'trimtab.approval.rejected.v1': (db, decision) => decide(db, 'rejected', decision),
  'trimtab.approval.expired.v1': (db, decision) => decide(db, 'expired', decision),
  'trimtab.inventory.scanned.v1': (db, { runId, accountId, region, resources, coverage }) =>
    db.put('inventory', { run_id: runId, account_id: accountId, region }, { resources, coverage }),
};
