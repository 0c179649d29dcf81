import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredEvent } from '@trimtab/event-store';
import { audit } from '@trimtab/testing/audit';
import type { History, Noted, Violation } from '@trimtab/testing/audit';
import type { Engine } from './engine.js';

interface EventRow extends Omit<StoredEvent, 'data' | 'at' | 'sequence'> {
  readonly data: string;
  readonly at: Date;
  readonly sequence: string;
}

const SETTLE_MS = 150_000;
/** An orchestrator reckons the database's clock, on a busy machine with an error; effects have the machine's own. */
const CLOCKS_APART_MS = 2_000;

/** Judges an engine from what is stored: the rows of Postgres, the broker's streams, and what the outside world saw. */
export async function violationsOf(engine: Engine): Promise<Violation[]> {
  const left = await unsettled(engine);
  const gaps = await gapsForSubscribers(engine);
  const at = Date.now();
  const more = [...left, ...gaps].map((text): Violation => ({ invariant: 'I10', at, text }));
  return [...audit(await historyOf(engine)), ...more];
}

/** The rows of real Postgres as the history that the auditor of the simulation reads. */
async function historyOf(engine: Engine): Promise<History> {
  const { rows } = await engine.sql.query<EventRow>(
    `SELECT id, stream, version, partition, sequence, type, data, at FROM orchestrator.events ORDER BY partition, sequence`,
  );
  const effects = engine.provider.effects.map((effect): Noted => ({
    kind: 'effect',
    ...effect,
    at: effect.at + CLOCKS_APART_MS,
  }));
  const listed = (await engine.rows()).map(({ run, status }): [string, string] => [run, status]);
  return {
    seed: 0,
    facts: [...inOrder([...partitionsOf(rows), effects]), ...engine.people.accepted],
    workflows: engine.workflows,
    listed: new Map(listed),
    pending: new Set(),
    faults: new Map(),
    steps: rows.length,
    lasted: Date.now(),
  };
}

/** The commits of each partition, in the order of its log. Who wrote under which epoch is not stored. */
function partitionsOf(rows: readonly EventRow[]): Noted[][] {
  const facts = new Map<number, Noted[]>();
  let latest = 0;
  for (const row of rows) {
    const { partition } = row;
    const events = [
      {
        ...row,
        sequence: Number(row.sequence),
        at: row.at.toISOString(),
        data: JSON.parse(row.data) as unknown,
      },
    ];
    const before = facts.get(partition) ?? [];
    latest = before.length === 0 ? row.at.getTime() : Math.max(latest, row.at.getTime());
    before.push({ kind: 'commit', partition, epoch: 0, instance: '', events, at: latest });
    facts.set(partition, before);
  }
  return [...facts.values()];
}

/** One line of time; what was written in an order keeps that order. */
function inOrder(lists: readonly (readonly Noted[])[]): Noted[] {
  return lists
    .flatMap((list, l) => list.map((fact, i) => ({ fact, l, i })))
    .sort((a, b) => a.fact.at - b.fact.at || a.l - b.l || a.i - b.i)
    .map(({ fact }) => fact);
}

/** Messages of the work queues that nobody settles. One whose acknowledgement was lost comes again after half a minute. */
async function unsettled(engine: Engine): Promise<string[]> {
  const jsm = await engine.people.bus.jsm();
  for (const deadline = Date.now() + SETTLE_MS; ; await sleep(250)) {
    const infos = await Promise.all(['CMD', 'RES'].map((name) => jsm.streams.info(name)));
    const left = infos.filter(({ state }) => state.messages > 0);
    if (left.length === 0) return [];
    if (Date.now() > deadline)
      return left.map(({ config, state }) => `${state.messages} messages are left in ${config.name}`);
  }
}

/** Subscribers to the public events of a run can tell that they have all: numbers without gaps up to the end. */
async function gapsForSubscribers(engine: Engine): Promise<string[]> {
  const ended = (await engine.rows()).filter(({ terminal }) => terminal).map(({ run }) => run);
  for (const deadline = Date.now() + SETTLE_MS; ; await sleep(250)) {
    const heard = await publishedBy(engine);
    const problems = ended.flatMap((run) => gapsOf(run, heard.get(run)));
    if (problems.length === 0 || Date.now() > deadline) return problems;
  }
}

interface Heard {
  readonly numbers: Set<number>;
  /** Number of the event that says that the run has ended. */
  end: number | undefined;
}

const END = /^trimtab\.run\.(completed|failed|cancelled|terminated|compensated)\.v/;

async function publishedBy(engine: Engine): Promise<Map<string, Heard>> {
  const heard = new Map<string, Heard>();
  const replay = await engine.people.bus.replay({
    stream: 'EVT',
    live: false,
    onMessage: ({ runid, type, sequence, source }) => {
      if (runid === undefined || !source.endsWith('/orchestrator')) return;
      const run = heard.get(runid) ?? { numbers: new Set<number>(), end: undefined };
      run.numbers.add(Number(sequence));
      if (END.test(type)) run.end = Number(sequence);
      heard.set(runid, run);
    },
  });
  await replay.finished;
  return heard;
}

function gapsOf(run: string, heard: Heard | undefined): string[] {
  if (heard?.end === undefined) return [`the end of run ${run} was not published`];
  const missing = Array.from({ length: heard.end }, (_, i) => i + 1).filter((n) => !heard.numbers.has(n));
  return missing.length === 0 ? [] : [`public events ${missing.join(', ')} of run ${run} were not published`];
}

/** Partitions that a process owns by the table of leases; those of a dead one until they are taken over. */
export async function partitionsOwnedBy({ sql }: Engine, pid: number | undefined): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM orchestrator.leases WHERE owner LIKE $1',
    [`%-${pid}-%`],
  );
  return rows[0]?.n ?? 0;
}

/** Commands that workers were given more than once and claimed again; one with a result only gives it again. */
export async function claimedAgain({ sql }: Engine): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM chaos.inbox WHERE claim > 1',
  );
  return rows[0]?.n ?? 0;
}
