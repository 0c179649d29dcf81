import { eventually } from '@trimtab/testing';
import type { CatchUp } from '@trimtab/contracts';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import { within } from '../scenario.js';
import { crashAt } from '../stack/engine.js';
import type { Engine } from '../stack/engine.js';

const patience = { timeoutMs: 120_000, intervalMs: 100 };
const HOURS = 72;
const policies: Readonly<Record<string, { readonly catchUp: CatchUp; readonly runs: number }>> = {
  none: { catchUp: 'skip', runs: 0 },
  newest: { catchUp: 'one', runs: 1 },
  every: { catchUp: 'all', runs: HOURS },
  five: { catchUp: { atMost: 5 }, runs: 5 },
};

/** Nobody looked for three days, as far as the rows can tell. */
const ABSENT = `UPDATE orchestrator.schedules SET status = 'active', due_at = created_at - interval '${HOURS - 1} hours',
  decided_until = created_at - interval '${HOURS} hours'`;

async function createHourly(engine: Engine, id: string, catchUp: CatchUp): Promise<void> {
  // Far enough from now that no further hour passes meanwhile.
  const minute = (new Date().getUTCMinutes() + 30) % 60;
  const settings = {
    ...{ workflow: 'chain', input: { n: 0, ms: 0 }, labels: {}, catchUp, overlap: 'allow' },
    times: { kind: 'cron', expression: `${minute} * * * *` },
  };
  await engine.people.ask('create-schedule', { id, settings, paused: true });
}

interface Ticks {
  readonly schedule: string;
  readonly started: number;
  readonly times: number;
}

async function ticksOf(engine: Engine): Promise<Map<string, Ticks>> {
  const { rows } = await engine.sql.query<Ticks>(
    `SELECT schedule, count(*) FILTER (WHERE outcome = 'started')::int AS started, count(DISTINCT nominal)::int AS times
     FROM orchestrator.schedule_ticks GROUP BY schedule`,
  );
  return new Map(rows.map((row) => [row.schedule, row]));
}

async function expectCaughtUp(engine: Engine, context: ChaosContext): Promise<void> {
  const all = async () => {
    const ticks = await ticksOf(engine);
    return Object.entries(policies).every(
      ([id, { runs }]) => ticks.get(id)?.times === HOURS && ticks.get(id)?.started === runs,
    );
  };
  await eventually(all, patience).catch(async () =>
    context.expect(
      false,
      `schedules caught up with ${JSON.stringify([...(await ticksOf(engine)).values()])}`,
    ),
  );
}

export const schedulerAway: Scenario = {
  fault: 20,
  title:
    'the schedulers are killed and away for 72 hours; of those that come back one dies while it catches up',
  promise: 'skip, newest, all and capped catch up as they say; one run for each nominal time',
  async run(context): Promise<Figures> {
    const engine = await context.engine();
    for (const [id, { catchUp }] of Object.entries(policies)) await createHourly(engine, id, catchUp);
    await engine.orchestrators[0]?.kill();
    await engine.sql.query(ABSENT);
    const doomed = await engine.orchestrator(crashAt('run.stored', context.random.between(5, 60)));
    await within(patience.timeoutMs, doomed.ended(), 'the scheduler did not come to its crash point');
    await engine.orchestrators[0]?.start();
    await expectCaughtUp(engine, context);
    const wanted = Object.values(policies).reduce((sum, { runs }) => sum + runs, 0);
    await eventually(
      async () => (await engine.rows()).filter(({ terminal }) => terminal).length >= wanted,
      patience,
    );
    const rows = await engine.rows();
    context.expect(rows.length === wanted, `${rows.length} runs for ${wanted} nominal times`);
    return { schedules: Object.keys(policies).length, hoursAway: HOURS, runs: rows.length, wanted };
  },
};
