import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { subjects } from '@trimtab/contracts';
import { toErrorInfo } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine, Started } from '../stack/engine.js';
import { audited, orderOf } from '../workflows.js';

const patience = { timeoutMs: 60_000 };
const any = { status: 'ANY' };

const workflows = new Map([
  [
    'two-people-gate',
    audited('two-people-gate', {
      tasks: { ok: approval('7d', 'refuse'), act: { uses: 'chaos.effect', needs: 'ok' } },
    }),
  ],
  [
    'brief-gate',
    audited('brief-gate', {
      tasks: { ok: approval('1s'), act: { uses: 'chaos.effect', needs: 'ok' } },
    }),
  ],
  [
    'race',
    audited('race', {
      timeout: '3s',
      tasks: {
        only: {
          ...{ uses: 'chaos.effect', with: { ms: '${ input.ms }' } },
          ...{ timeout: { run: '3s' }, retry: { maxAttempts: 1 } },
        },
      },
    }),
  ],
]);

function approval(expiresIn: string, selfApproval?: 'refuse') {
  return {
    uses: 'approval',
    approval: { digest: 'plan-1', expiresIn, selfApproval },
    with: { title: 'Go?' },
  };
}

/** Codes of those who were refused, and how many got what they asked for. */
async function race(asked: readonly Promise<unknown>[]): Promise<{ won: number; codes: string[] }> {
  const outcomes = await Promise.allSettled(asked);
  const codes = outcomes.flatMap((one) => (one.status === 'rejected' ? [toErrorInfo(one.reason).code] : []));
  return { won: outcomes.length - codes.length, codes };
}

const decide = (engine: Engine, { runId }: Started, decision: string, more: object = {}): Promise<unknown> =>
  engine.people.ask('decide-approval', { runId, taskId: 'ok', decision, digest: 'plan-1', ...more });

async function untilAsked(engine: Engine, { runId }: Started): Promise<void> {
  await eventually(async () => (await typesOf(engine, runId)).includes('TaskWaiting'), patience);
}

async function typesOf(engine: Engine, runId: string): Promise<string[]> {
  const { rows } = await engine.sql.query<{ type: string }>(
    'SELECT type FROM orchestrator.events WHERE stream = $1 ORDER BY version',
    [`run-${runId}`],
  );
  return rows.map(({ type }) => type);
}

/** Two people and a repetition decide at the same moment. */
async function decideAtOnce(engine: Engine, context: ChaosContext): Promise<void> {
  const run = await engine.begin({ ...orderOf('gate', 0), expected: any });
  await untilAsked(engine, run);
  const decisions = context.random.pick([
    ['grant', 'reject'],
    ['reject', 'grant'],
    ['grant', 'grant'],
  ]);
  const { won, codes } = await race(
    decisions.map((decision, i) => decide(engine, run, decision, { actor: `person-${i}` })),
  );
  context.expect(won === 1, `${won} of two decisions at once were accepted`);
  context.expect(
    codes.every((code) => /approval-decided|run-ended/.test(code)),
    `the other was told ${codes.join()}`,
  );
  const verdicts = (await typesOf(engine, run.runId)).filter((type) => type.startsWith('Approval'));
  context.expect(verdicts.length === 1, `${verdicts.join(', ')} are in the log of one approval`);
}

async function refusals(engine: Engine, context: ChaosContext): Promise<void> {
  const expired = await engine.begin({ ...orderOf('brief-gate', 0), expected: any });
  const run = await engine.begin(orderOf('gate', 0));
  await untilAsked(engine, run);
  const changed = await race([decide(engine, run, 'grant', { digest: 'another plan' })]);
  context.expect(changed.codes[0] === 'workflow.approval-digest', `another plan: ${changed.codes.join()}`);
  const key = { idempotencyKey: randomUUID() };
  const first = await decide(engine, run, 'grant', key);
  context.expect(
    JSON.stringify(await decide(engine, run, 'grant', key)) === JSON.stringify(first),
    'a repeated decision was answered otherwise than the first time',
  );
  const replayed = await race([decide(engine, run, 'grant')]);
  context.expect(replayed.won === 0, 'an old decision was taken once more');
  await engine.untilEnded([expired.runId], patience.timeoutMs);
  const late = await race([decide(engine, expired, 'grant')]);
  context.expect(late.won === 0, 'an expired approval was granted');
  context.expect(
    !engine.provider.effects.some(({ runId }) => runId === expired.runId),
    'an effect took place after its approval had expired',
  );
}

/** Who asked for a run (the one who asks for everything here) cannot let it through, somebody else can. */
async function selfApproval(engine: Engine, context: ChaosContext): Promise<void> {
  const run = await engine.begin(orderOf('two-people-gate', 0));
  await untilAsked(engine, run);
  const own = await race([decide(engine, run, 'grant')]);
  context.expect(own.codes[0] === 'workflow.self-approval', `who started it: ${own.codes.join()}`);
  await decide(engine, run, 'grant', { actor: 'somebody-else' });
}

export const approvals: Scenario = {
  fault: 15,
  title:
    'two decisions at once, approve and reject, twice, expired, by who asked, for changed arguments, replay of an old one',
  promise:
    'exactly one wins and others are told; self-approval and a changed digest are refused; no effect without its approval',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workflows });
    const rounds = context.of(5, 40);
    await Promise.all(Array.from({ length: rounds }, () => decideAtOnce(engine, context)));
    await refusals(engine, context);
    await selfApproval(engine, context);
    await context.expectEnds(engine);
    return { decisionsAtOnce: rounds, runs: engine.started.length };
  },
};

async function resumeAtOnce(engine: Engine, context: ChaosContext): Promise<void> {
  const { runId } = await engine.begin(orderOf('hold', 0));
  await engine.people.ask('pause-run', { runId });
  const { won, codes } = await race(
    Array.from({ length: 20 }, () => engine.people.ask('resume-run', { runId })),
  );
  const resumed = (await typesOf(engine, runId)).filter((type) => type === 'RunResumed').length;
  context.expect(
    resumed === 1,
    `${resumed} times RunResumed after 20 resumes at once (${won} accepted, ${codes[0]})`,
  );
  await engine.people.ask('signal-run', { runId, name: 'go' });
}

/** The only task ends about when it times out, when the run times out and when somebody cancels. */
async function endAtOnce(engine: Engine, context: ChaosContext): Promise<void> {
  const { runId } = await engine.begin({
    ...orderOf('race', 0, context.random.between(1_000, 3_000)),
    expected: any,
  });
  await sleep(context.random.between(1_000, 3_000));
  await race([engine.people.ask('cancel-run', { runId }), engine.people.ask('terminate-run', { runId })]);
  await engine.untilEnded([runId], patience.timeoutMs);
  const ends = (await typesOf(engine, runId)).filter((type) =>
    /^Run(Completed|Failed|Cancelled|Terminated)$/.test(type),
  );
  context.expect(ends.length === 1, `run ${runId} ended as ${ends.join(' and ')}`);
}

export const commandsAtOnce: Scenario = {
  fault: 16,
  title: 'resume × 20 at once; cancel, terminate, completion and time-out at once',
  promise: 'one event; one terminal state',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workflows });
    const rounds = context.of(4, 40);
    await Promise.all(Array.from({ length: rounds }, () => resumeAtOnce(engine, context)));
    await Promise.all(Array.from({ length: rounds * 2 }, () => endAtOnce(engine, context)));
    await context.expectEnds(engine);
    const ends = (await engine.rows()).map(({ status }) => status);
    const kinds = [...new Set(ends)].map((kind) => `${ends.filter((end) => end === kind).length} ${kind}`);
    return { resumesAtOnce: rounds * 20, racesToTheEnd: rounds * 2, ends: kinds.join(' ') };
  },
};

export const lateHeartbeat: Scenario = {
  fault: 18,
  title:
    'heartbeats and progress of a task after its completion, of older attempts, of unknown tasks and of ended runs',
  promise: 'nothing changes',
  async run(context): Promise<Figures> {
    const engine = await context.engine();
    const open = await engine.begin(orderOf('hold', 0));
    const ended = await engine.begin(orderOf('chain', 1));
    await engine.untilEnded([ended.runId], patience.timeoutMs);
    await untilAsked(engine, open);
    const before = await engine.eventCount();
    let sent = 0;
    for (const { runId } of [open, ended])
      for (const taskId of ['one', 'two', 'wait', 'after', 'nobody'])
        for (const attempt of [0, 1, 2, 99]) {
          const at = new Date(Date.now() + context.random.between(-3_600_000, 3_600_000)).toISOString();
          engine.people.bus.publishLive(subjects.live(runId), {
            kind: 'heartbeat',
            runId,
            taskId,
            attempt,
            at,
          });
          sent += 1;
        }
    await engine.people.bus.nc.flush();
    await sleep(context.of(500, 3_000));
    const written = (await engine.eventCount()) - before;
    context.expect(written === 0, `${written} events were written because of late heartbeats`);
    await engine.people.ask('signal-run', { runId: open.runId, name: 'go' });
    await context.expectEnds(engine);
    return { lateHeartbeats: sent, eventsWritten: written };
  },
};
