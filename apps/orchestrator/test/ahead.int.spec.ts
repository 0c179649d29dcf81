import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskCommandData } from '@trimtab/contracts';
import type { Envelope } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import { Bench, flow, SILENCE } from './bench.js';
import { openPool } from './connections.js';

const chain = flow('chain', {
  tasks: {
    first: { uses: 'test.work' },
    second: { uses: 'test.work', with: { given: '${ tasks.first.output.n }' }, needs: ['first'] },
  },
  outputs: { of: '${ tasks.second.output.of }' },
});

type Command = Envelope<TaskCommandData>;

describe('commands for what only computes', () => {
  let bench: Bench;
  let pool: ReturnType<typeof openPool>;
  beforeEach(async () => {
    bench = await Bench.open();
    pool = openPool(bench.servers.databaseUrl);
    bench.answer = () => SILENCE;
    await bench.orchestrator([chain], { leaseMs: 60_000 });
    await bench.worker();
  });
  afterEach(async () => {
    await pool.end();
    await bench.dispose();
  });

  /** As a worker that says what it is; `effects` is left out by one that may have effects. */
  const answer = (command: Command, output: unknown, effects?: 'none', causationid = command.id) => {
    const at = new Date().toISOString();
    const worked = { startedAt: at, endedAt: at, worker: 'test-1', takes: 4, ...(effects && { effects }) };
    const data = { status: 'completed', output, ...worked };
    return bench.result(command, output, { data, causationid });
  };
  const commandFor = (task: string, runId: string): Promise<Command> =>
    eventually(() => bench.received.find(({ taskid, runid }) => taskid === task && runid === runId), {
      intervalMs: 20,
    });
  /** Nothing is stored meanwhile: every commit moves its partition's row. */
  const whileNothingIsStored = async (work: () => Promise<void>): Promise<void> => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM orchestrator.partitions FOR UPDATE');
      await work();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };
  const eventsOf = async (runId: string): Promise<string[]> =>
    (
      await pool.query<{ type: string }>(
        'SELECT type FROM orchestrator.events WHERE stream = $1 ORDER BY version',
        [`run-${runId}`],
      )
    ).rows.map(({ type }) => type);

  it('go out while the decision is being stored, and their answers count once it is', async () => {
    const runId = await bench.start('chain');
    const first = await commandFor('first', runId);
    expect([first.id, first.data.ahead]).toEqual([`${runId}/first#1`, undefined]);
    await whileNothingIsStored(async () => {
      await answer(first, { n: 7 }, 'none');
      const second = await commandFor('second', runId);
      expect(second.data).toMatchObject({ ahead: true, input: { given: 7 } });
      expect(second.id).toMatch(new RegExp(`^${runId}/second#1/[\\w-]{22}$`));
      await answer(second, { of: 7 }, 'none');
      expect(await eventsOf(runId)).toEqual(['RunStarted', 'TaskQueued']);
    });
    await bench.until(runId, 'COMPLETED');
    expect(await eventsOf(runId)).toEqual([
      ...['RunStarted', 'TaskQueued', 'TaskCompleted', 'TaskQueued', 'TaskCompleted', 'RunCompleted'],
    ]);
  });

  it('are answered for the input that the attempt came to have, or not at all', async () => {
    const runId = await bench.start('chain');
    await answer(await commandFor('first', runId), { n: 1 }, 'none');
    const second = await commandFor('second', runId);
    const [command] = second.id.split(/\/[^/]*$/);
    await answer(second, { of: 'another input' }, 'none', `${command}/AAAAAAAAAAAAAAAAAAAAAA`);
    await answer(second, { of: 1 }, 'none');
    await bench.until(runId, 'COMPLETED');
    expect((await bench.state(runId)) as object).toMatchObject({ output: { of: 1 } });
  });

  it('wait for the decision where a worker answered that may have effects', async () => {
    const runId = await bench.start('chain');
    await answer(await commandFor('first', runId), { n: 2 });
    const second = await commandFor('second', runId);
    expect([second.id, second.data.ahead]).toEqual([`${runId}/second#1`, undefined]);
    await answer(second, { of: 2 });
    await bench.until(runId, 'COMPLETED');
  });
});
