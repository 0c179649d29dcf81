import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inspectArchive, openArtifacts, unpackArchive } from '@trimtab/event-store';
import { eventually } from '@trimtab/testing';
import { Bench, flow } from './bench.js';
import { openPool } from './connections.js';

const task = { uses: 'test.work' };
const workflows = [
  flow('steps', { tasks: { a: task, b: { ...task, needs: ['a'] } } }),
  flow('gate', { tasks: { ok: { uses: 'approval', approval: { digest: 'd' } } } }),
  flow('outer', {
    tasks: {
      child: { uses: 'workflow', with: { name: 'steps' } },
      ok: { uses: 'approval', approval: { digest: 'd' }, needs: ['child'] },
    },
  }),
];

describe('O24 operations: a cleanup', () => {
  let bench: Bench;
  let first: Awaited<ReturnType<Bench['orchestrator']>>;
  let pool: ReturnType<typeof openPool>;
  beforeAll(async () => {
    bench = await Bench.open();
    first = await bench.orchestrator(workflows);
    pool = openPool(bench.servers.databaseUrl);
    await bench.worker();
    await bench.listen();
  });
  afterAll(async () => {
    await pool.end();
    await bench.dispose();
  });

  const age = (runs: readonly string[]) =>
    pool.query(`UPDATE orchestrator.runs SET updated_at = now() - interval '40 days' WHERE run = ANY ($1)`, [
      runs,
    ]);
  const cleanup = (more: object = {}) =>
    bench.ask('cleanup-runs', { olderThanDays: 30, preview: false, reason: 'space', ...more });
  const published = async (): Promise<void> => {
    const sql = `SELECT count(*)::int AS behind FROM orchestrator.partitions p LEFT JOIN orchestrator.checkpoints c
      ON c.partition = p.id WHERE p.last_sequence > coalesce(c.sequence, 0)`;
    await eventually(async () => (await pool.query(sql)).rows[0].behind === 0, { intervalMs: 20 });
  };

  it('archives what ended long ago with its whole history, then deletes it, and nothing else', async () => {
    const old = await Promise.all([1, 2, 3].map(() => bench.start('steps')));
    const recent = await bench.start('steps');
    const open = await bench.start('gate');
    for (const id of [...old, recent]) await bench.until(id, 'COMPLETED');
    await published();
    await age([...old, open]);
    const history = (await bench.ask('show-run', { runId: old[0] })).events;

    expect(await cleanup({ preview: true })).toMatchObject({
      preview: true,
      runs: 3,
      byStatus: { COMPLETED: 3 },
      archives: [],
    });
    const command = { idempotencyKey: 'once' };
    const done = await cleanup(command);
    expect(done).toMatchObject({ runs: 3, byStatus: { COMPLETED: 3 }, remaining: 0, preview: false });
    expect(await cleanup(command)).toEqual({ ...done, before: expect.any(String) });
    expect(await cleanup()).toMatchObject({ runs: 0, archives: [] });

    const [ref] = done.archives;
    const bytes = Buffer.from(await (await openArtifacts(pool)).bytes(ref as never));
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(ref?.digest);
    expect(await inspectArchive(bytes)).toMatchObject({ digest: ref?.digest, problems: [] });
    const lines: { kind: string; run?: string; stream: string }[] = [];
    for await (const line of unpackArchive(bytes)) lines.push(line);
    expect(
      lines
        .filter(({ kind }) => kind === 'run')
        .map(({ run }) => run)
        .sort(),
    ).toEqual([...old].sort());
    expect(lines.filter(({ kind, stream }) => kind === 'event' && stream === `run-${old[0]}`)).toEqual(
      (history as object[]).map((event) => ({ kind: 'event', ...event })),
    );

    await expect(bench.ask('show-run', { runId: old[0] })).rejects.toMatchObject({ code: 'run.unknown' });
    for (const id of [recent, open]) expect((await bench.state(id)).status).toMatch(/COMPLETED|RUNNING/);
    const left = `SELECT count(*)::int AS n FROM orchestrator.events WHERE stream = ANY ($1)`;
    expect((await pool.query(left, [old.map((id) => `run-${id}`)])).rows[0].n).toBe(0);
    const told = () => bench.events.filter(({ type }) => type === 'trimtab.run.archived.v1');
    await eventually(() => told().length > 0);
    expect(told().map(({ data }) => data)).toEqual([
      expect.objectContaining({ archive: ref, actor: 'anna', reason: 'space' }),
    ]);
    await bench.ask('decide-approval', { runId: open, taskId: 'ok', decision: 'grant', digest: 'd' });
    await bench.until(open, 'COMPLETED');
    await bench.until(await bench.start('steps'), 'COMPLETED');
  });

  it('keeps a child whose parent goes on, and what nobody has published yet', async () => {
    const parent = await bench.start('outer');
    await eventually(async () => (await bench.state(parent)).tasks.ok?.status === 'WAITING');
    await published();
    const children = await pool.query<{ run: string }>(
      `SELECT run FROM orchestrator.runs WHERE data::json->>'parent' = $1`,
      [parent],
    );
    expect(children.rows).toHaveLength(1);
    const ids = children.rows.map(({ run }) => run);
    await age(ids);
    expect(await cleanup()).toMatchObject({ runs: 0 });
    await bench.ask('decide-approval', { runId: parent, taskId: 'ok', decision: 'grant', digest: 'd' });
    await bench.until(parent, 'COMPLETED');
    await published();
    await pool.query(`UPDATE orchestrator.checkpoints SET sequence = sequence - 1000`);
    expect(await cleanup()).toMatchObject({ runs: 0 });
    await pool.query(`UPDATE orchestrator.checkpoints SET sequence = sequence + 1000`);
    expect(await cleanup()).toMatchObject({ runs: 1 });
  });

  it('is done by itself where retention is configured', async () => {
    await first.stop();
    await bench.orchestrator(workflows, { retentionDays: 30, retainMs: 200 });
    const old = await bench.start('steps');
    await bench.until(old, 'COMPLETED');
    await published();
    await age([old]);
    const archived = async () => (await bench.ask('list-archives', {})).items[0];
    await eventually(async () => (await archived())?.actor === 'retention');
    expect(await archived()).toMatchObject({ actor: 'retention', runs: 1, byStatus: { COMPLETED: 1 } });
    await expect(bench.ask('show-run', { runId: old })).rejects.toMatchObject({ code: 'run.unknown' });
  });
});
