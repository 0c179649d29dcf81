import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '@trimtab/embedded';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { Wire } from '../stack/wire.js';
import { orders } from '../workflows.js';

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'chaos' AND random() < 0.5`;

/** Ends Postgres by a signal and starts it again after a while. */
async function restart(server: PostgresServer, signal: NodeJS.Signals, awayMs: number): Promise<void> {
  if (server.pid !== undefined) process.kill(server.pid, signal);
  while (server.pid !== undefined) await sleep(20);
  await sleep(awayMs);
  await server.start();
}

async function terminateBackends(engine: Engine, context: ChaosContext, rounds: number): Promise<number> {
  let ended = 0;
  for (let i = 0; i < rounds; i += 1) {
    await sleep(context.random.between(20, 150));
    ended += (await engine.sql.query(TERMINATE)).rowCount ?? 0;
  }
  return ended;
}

export const postgresRestarts: Scenario = {
  fault: 7,
  title:
    'Postgres restarts fast and immediate, its backends are terminated at random, it is away for a minute',
  promise: 'pools recover, no process exits, no append is lost or doubled',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ postgres: 'own' });
    const server = engine.servers.postgres as PostgresServer;
    const pids = engine.pids();
    const some = context.of(8, 60);
    const awayMs = context.of(3_000, 60_000);
    const begin = () => engine.beginAll(orders(context.random, some, 200));
    const begun = [begin()];
    const terminated = await terminateBackends(engine, context, context.of(10, 60));
    for (const [signal, ms] of [
      ['SIGINT', 0],
      ['SIGQUIT', 0],
      ['SIGINT', awayMs],
    ] as const) {
      begun.push(begin());
      await sleep(context.random.between(50, 300));
      await restart(server, signal, ms);
    }
    await Promise.all(begun);
    await context.expectEnds(engine);
    context.expect(terminated > 0, 'no backend was terminated: nothing was tested');
    context.expect(String(engine.pids()) === String(pids), 'a process ended');
    return { runs: engine.started.length, restarts: 3, backendsTerminated: terminated, awayMs };
  },
};

/** Swallows the answer of every nth commit that passes, and cuts its connection. */
function swallowAnswers(wire: Wire, commits: string, nth: number): void {
  let passed = 0;
  wire.judge = (bytes) => {
    if (!bytes.includes(commits)) return 'pass';
    passed += 1;
    return passed % nth === 0 ? 'cut after' : 'pass';
  };
}

export const commitUnanswered: Scenario = {
  fault: 8,
  title: 'the connection is cut after a COMMIT was sent, its answer is lost (orchestrator and worker)',
  promise: 'the fate of the commit is looked up; nothing is applied twice',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ orchestrators: 0, workers: 0 });
    const wires = [
      await Wire.before(engine.servers.databaseUrl),
      await Wire.before(engine.servers.databaseUrl),
    ];
    const [log, inbox] = wires as [Wire, Wire];
    for (const wire of wires) context.later(() => wire.close());
    await Promise.all([
      engine.orchestrator({ DATABASE_URL: log.url }),
      engine.worker({ DATABASE_URL: inbox.url }),
    ]);
    swallowAnswers(log, 'append orchestrator', 5);
    swallowAnswers(inbox, 'complete chaos', 4);
    await engine.beginAll(orders(context.random, context.of(12, 150)));
    await context.expectEnds(engine);
    context.expect(log.hits > 0 && inbox.hits > 0, 'no commit lost its answer: nothing was tested');
    return { runs: engine.started.length, appendsUnanswered: log.hits, workerCommitsUnanswered: inbox.hits };
  },
};
