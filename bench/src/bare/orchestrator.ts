/**
 * The seven steps without an engine: the messages, the rows and the public events that the engine has, batches and
 * group commit too, and nothing that keeps a promise when something fails.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openBus, ready } from './bus.js';
import { message, NEEDS } from './messages.js';
import type { Result, Sum } from './messages.js';

interface Run {
  readonly id: string;
  readonly seed: number;
  readonly outputs: Map<string, Sum>;
  version: number;
}

interface Row {
  readonly run: Run;
  readonly version: number;
  readonly type: string;
  readonly data: object;
}

const TASKS = Object.keys(NEEDS);
const bus = await openBus(process.env['NATS_URL'] ?? '');
const db = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await db.connect();
await db.query(`CREATE TABLE events (sequence bigserial PRIMARY KEY, stream text NOT NULL, version int NOT NULL,
  type text NOT NULL, data text NOT NULL, UNIQUE (stream, version))`);

const runs = new Map<string, Run>();
let rows: Row[] = [];
let commands: object[] = [];
let after: (() => void)[] = [];
let committing = false;

/** What came while a commit was under way is the next one; its messages go out when it is stored. */
async function commit(): Promise<void> {
  if (committing) return;
  committing = true;
  while (rows.length > 0) {
    const [stored, sent, told] = [rows, commands, after];
    [rows, commands, after] = [[], [], []];
    await insert(stored);
    if (sent.length > 0) void bus.publish('trimtab.cmd.bare', sent);
    for (const tell of told) tell();
    for (const row of stored) publish(row);
  }
  committing = false;
}

const insert = (stored: readonly Row[]): Promise<unknown> =>
  db.query({
    name: 'insert',
    text: `INSERT INTO events (stream, version, type, data)
      SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[])`,
    values: [
      stored.map(({ run }) => run.id),
      stored.map(({ version }) => version),
      stored.map(({ type }) => type),
      stored.map(({ data }) => JSON.stringify(data)),
    ],
  });

function publish({ run, version, type, data }: Row): void {
  const event = message(`trimtab.${type}.v1`, `${run.id}.${version}`, run.id, data);
  bus.nc.publish(`trimtab.evt.${type}.v1`, JSON.stringify(event));
}

function add(run: Run, type: string, data: object): void {
  rows.push({
    run,
    version: (run.version += 1),
    type,
    data: { runId: run.id, at: new Date().toISOString(), ...data },
  });
}

function queue(run: Run, task: string): void {
  const needs = NEEDS[task] ?? [];
  const values = needs.length > 0 ? needs.map((need) => run.outputs.get(need)?.sum) : [run.seed];
  const data = { type: 'bench.add', input: { values }, replyTo: 'trimtab.res.bare' };
  add(run, 'task.queued', { taskId: task, uses: 'bench.add', attempt: 1 });
  commands.push(message('trimtab.task.command.v1', `${run.id}/${task}#1`, run.id, data, task));
}

function complete({ runid, taskid = '', data: { output } }: Result): void {
  const run = runs.get(runid);
  if (!run || run.outputs.has(taskid)) return;
  run.outputs.set(taskid, output);
  add(run, 'task.completed', { taskId: taskid, uses: 'bench.add', attempt: 1, output });
  const isReady = (task: string): boolean =>
    NEEDS[task]?.includes(taskid) === true && NEEDS[task].every((need) => run.outputs.has(need));
  for (const task of TASKS.filter(isReady)) queue(run, task);
  if (taskid !== 'last') return;
  add(run, 'run.completed', { workflow: 'seven-steps', version: 1, status: 'COMPLETED', outputs: output });
  runs.delete(runid);
}

await bus.consume('RES', (received) => {
  for (const result of received.json<Result[]>()) complete(result);
  after.push(() => received.ack());
  void commit();
});
bus.nc.subscribe('trimtab.people.start-run', {
  callback: (_error, received) => {
    const { data } = received.json<{ data: { input: { seed: number } } }>();
    const run = { id: randomUUID(), seed: data.input.seed, outputs: new Map<string, Sum>(), version: 0 };
    runs.set(run.id, run);
    add(run, 'run.started', { workflow: 'seven-steps', version: 1, input: data.input, labels: {} });
    queue(run, 'first');
    after.push(() => void received.respond(JSON.stringify({ ok: true, data: { runId: run.id } })));
    void commit();
  },
});
await bus.nc.flush();
ready();
