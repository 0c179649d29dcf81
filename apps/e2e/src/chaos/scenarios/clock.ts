import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { partitionsOwnedBy } from '../stack/evidence.js';
import { audited } from '../workflows.js';

const patience = { timeoutMs: 120_000, intervalMs: 200 };
const QUARTER_MS = 900_000;
const LEASE_MS = 2_000;
/** From the right time. Ahead last, so that the end shows whether anything was lost on the way. */
const JUMPS = ['1 hour', '0', '-1 hour', '-24 hours', '0', '2 hours'];

/** Without effects: the outside world keeps the right time. */
const workflows = new Map([['plain', audited('plain', { tasks: { one: { uses: 'chaos.work' } } })]]);

/** The database's own clock, moved for everybody: services ask `now()` and `clock_timestamp()`, whatever their search path is. */
const CLOCK = `SET allow_system_table_mods = on;
  CREATE SCHEMA clock;
  CREATE TABLE clock.jump (by interval NOT NULL);
  INSERT INTO clock.jump VALUES ('0');
  ALTER FUNCTION pg_catalog.now() RENAME TO right_now;
  ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO right_clock;
  CREATE FUNCTION pg_catalog.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.right_now() + by FROM clock.jump';
  CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.right_clock() + by FROM clock.jump';
  SET allow_system_table_mods = off`;

interface Quarters {
  /** Quarters of hours that have begun between the schedule's creation and the clock's latest time. */
  readonly wanted: readonly string[];
  readonly ticked: readonly string[];
}

async function quarters(engine: Engine, furthestMs: number): Promise<Quarters> {
  const { rows } = await engine.sql.query<{ nominal: Date; outcome: string }>(
    `SELECT nominal, outcome FROM orchestrator.schedule_ticks WHERE schedule = 'quarterly' ORDER BY nominal`,
  );
  const created = await engine.sql.query<{ at: Date }>(
    `SELECT created_at AS at FROM orchestrator.schedules WHERE id = 'quarterly'`,
  );
  const from = created.rows[0]?.at.getTime() ?? 0;
  const wanted: string[] = [];
  for (let at = Math.ceil(from / QUARTER_MS) * QUARTER_MS; at <= Date.now() + furthestMs; at += QUARTER_MS)
    wanted.push(new Date(at).toISOString());
  return { wanted, ticked: rows.map(({ nominal, outcome }) => `${nominal.toISOString()} ${outcome}`) };
}

/** Everything that is due by now has ticked once; what ticked before the clock went back did not tick again. */
async function expectTicks(engine: Engine, context: ChaosContext, furthestMs: number): Promise<number> {
  const right = async (): Promise<boolean> => {
    const { wanted, ticked } = await quarters(engine, furthestMs);
    return JSON.stringify(ticked) === JSON.stringify(wanted.map((nominal) => `${nominal} started`));
  };
  await eventually(right, patience).catch(async () =>
    context.expect(false, `ticks: ${JSON.stringify(await quarters(engine, furthestMs))}`),
  );
  return (await quarters(engine, furthestMs)).ticked.length;
}

/**
 * An instance renews its leases, stands still (SIGSTOP) or dies (SIGKILL), and the clock is set back a day: its leases
 * look good until tomorrow. Resolves with how long the others took to have its partitions (ms).
 */
async function goneBefore(engine: Engine, fault: 'freeze' | 'kill'): Promise<number> {
  const gone = await engine.orchestrator();
  const { pid } = gone;
  await eventually(async () => (await partitionsOwnedBy(engine, pid)) >= 4, patience);
  if (fault === 'freeze') gone.freeze();
  await Promise.all([setClock(engine, '-24 hours'), fault === 'kill' && gone.kill()]);
  const began = performance.now();
  await eventually(async () => (await partitionsOwnedBy(engine, pid)) === 0, patience);
  const tookMs = performance.now() - began;
  if (fault === 'freeze') gone.thaw();
  await gone.stop();
  await setClock(engine, '0');
  return tookMs;
}

const setClock = (engine: Engine, jump: string): Promise<unknown> =>
  engine.sql.query('UPDATE clock.jump SET by = $1', [jump]);

export const clockJumps: Scenario = {
  fault: 19,
  title:
    'the clock of the database is an hour ahead, right, an hour back, a day back, right, and two hours ahead; an instance stands still or dies just before it goes back a day',
  promise:
    'each nominal time of a schedule has one run, whatever the clock did; runs go on; partitions are taken over within lease + 5 s',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ orchestrators: 0, workers: 0, leaseMs: LEASE_MS, workflows });
    await engine.sql.query(CLOCK);
    const orchestrator = await engine.orchestrator();
    await engine.worker();
    const settings = {
      ...{ workflow: 'plain', input: {}, labels: {}, catchUp: 'all', overlap: 'allow' },
      times: { kind: 'cron', expression: '*/15 * * * *' },
    };
    await engine.people.ask('create-schedule', { id: 'quarterly', settings });
    const takeovers = [await goneBefore(engine, 'freeze'), await goneBefore(engine, 'kill')];
    const slowest = Math.round(Math.max(...takeovers));
    if (context.form === 'long') context.expect(slowest < LEASE_MS + 5_000, `a takeover took ${slowest} ms`);
    let furthestMs = 0;
    let ticks = 0;
    for (const jump of JUMPS) {
      await setClock(engine, jump);
      furthestMs = Math.max(furthestMs, (Number.parseInt(jump, 10) || 0) * 3_600_000);
      // Whoever starts looks at the clock at once; others within half a minute.
      await orchestrator.stop();
      await orchestrator.start();
      ticks = await expectTicks(engine, context, furthestMs);
    }
    await eventually(
      async () => (await engine.rows()).filter(({ status }) => status === 'COMPLETED').length === ticks,
      patience,
    ).catch(async () =>
      context.expect(
        false,
        `${ticks} ticks, and ${(await engine.rows()).length} runs, not all of which completed`,
      ),
    );
    const runs = (await engine.rows()).length;
    return { jumps: JUMPS.length, ticks, runs, leaseMs: LEASE_MS, slowestTakeoverMs: slowest };
  },
};
