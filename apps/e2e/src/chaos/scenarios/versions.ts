import { readFileSync, writeFileSync } from 'node:fs';
import { eventually } from '@trimtab/testing';
import { inRepository } from '../../root.js';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import { Engine } from '../stack/engine.js';
import type { Started } from '../stack/engine.js';
import type { PerformedEffect } from '../stack/provider.js';
import type { RecordedRow } from '../stack/recording.js';
import { record, restore } from '../stack/recording.js';
import { audited, orderOf } from '../workflows.js';

/** Runs in the middle of everything, as the first version stored them; the last line of it is `open`. */
const FIRST = inRepository('apps/e2e/fixtures/first-version.ndjson');
const patience = { timeoutMs: 60_000 };

const effect = { uses: 'chaos.effect' };
const documents = {
  undoing: {
    tasks: {
      a: { ...effect, compensate: { uses: 'chaos.undo', with: { ms: 3_000 } } },
      b: { uses: 'chaos.work', needs: 'a', onError: 'compensate' as const, with: { fail: 'never' } },
    },
  },
  again: {
    tasks: {
      a: { uses: 'chaos.work', retry: { initialDelay: '5s' }, with: { fail: 'later', failures: 1 } },
    },
  },
  parent: { tasks: { child: { uses: 'workflow', with: { name: 'hold', input: {} } } } },
};
const workflows = new Map(
  Object.entries(documents).map(([name, document]) => [name, audited(name, document)]),
);

type Step = 'grant' | 'signal' | 'resume' | 'child';
interface Open extends Started {
  readonly steps: readonly Step[];
}
/** What cannot be seen in the rows. */
interface Around {
  readonly open: readonly Open[];
  readonly effects: readonly PerformedEffect[];
}

/** `npm run chaos -- --record`: only for a new recording, which then is another version's. */
export async function recordVersion(): Promise<void> {
  const engine = await Engine.start({ workflows });
  try {
    const open = await beginEverything(engine);
    // In the middle: nobody finishes anything.
    await Promise.all([...engine.orchestrators, ...engine.workers].map((one) => one.kill()));
    const rows = await record(engine.sql);
    const around: Around = { open, effects: engine.provider.effects };
    writeFileSync(FIRST, [...rows, around].map((line) => `${JSON.stringify(line)}\n`).join(''));
  } finally {
    await engine.dispose();
  }
}

async function beginEverything(engine: Engine): Promise<Open[]> {
  const begin = async (name: string, status: string, steps: readonly Step[], ms = 0): Promise<Open> => {
    const order = orderOf(name, 1, ms);
    return { ...(await engine.begin({ ...order, expected: { ...order.expected, status } })), steps };
  };
  const waiting = [
    await begin('gate', 'COMPLETED', ['grant']),
    await begin('hold', 'COMPLETED', ['signal']),
    await begin('hold', 'COMPLETED', ['resume', 'signal']),
    await begin('parent', 'COMPLETED', ['child']),
  ];
  await engine.people.ask('pause-run', { runId: waiting[2]?.runId });
  const ended = await begin('fan', 'COMPLETED', []);
  await engine.untilEnded([ended.runId], patience.timeoutMs);
  const inWork = [
    await begin('chain', 'COMPLETED', [], 3_000),
    await begin('fan', 'COMPLETED', [], 3_000),
    await begin('saga', 'COMPENSATED', [], 3_000),
    await begin('undoing', 'COMPENSATED', []),
    await begin('again', 'COMPLETED', []),
  ];
  const all = [...waiting, ended, ...inWork];
  await eventually(async () => {
    const types = (await eventsOf(engine)).map(({ type }) => type);
    const begun = types.filter((type) => type === 'RunStarted').length;
    return begun > all.length && types.includes('CompensationStarted') && types.includes('TaskRetrying');
  }, patience);
  return all;
}

interface StoredRow {
  readonly stream: string;
  readonly type: string;
  readonly data: string;
}

const eventsOf = async (engine: Engine): Promise<StoredRow[]> =>
  (await engine.sql.query<StoredRow>('SELECT stream, type, data FROM orchestrator.events')).rows;

/** What people do so that everything comes to its end. */
async function goOn(engine: Engine, { runId, steps }: Open): Promise<void> {
  const ask = engine.people;
  for (const step of steps) {
    if (step === 'grant')
      await ask.ask('decide-approval', { runId, taskId: 'ok', decision: 'grant', digest: 'plan-1' });
    if (step === 'resume') await ask.ask('resume-run', { runId });
    if (step === 'signal') await ask.ask('signal-run', { runId, name: 'go' });
    if (step === 'child') await ask.ask('signal-run', { runId: await childOf(engine, runId), name: 'go' });
  }
}

async function childOf(engine: Engine, runId: string): Promise<string> {
  const { rows } = await engine.sql.query<{ stream: string }>(
    `SELECT stream FROM orchestrator.events WHERE type = 'RunStarted' AND data LIKE $1`,
    [`%"parent":{"runId":"${runId}"%`],
  );
  return (rows[0]?.stream ?? '').replace('run-', '');
}

/** Fields that every event of a type had when older code wrote it: older code may read each of them. */
function fieldsByType(rows: readonly Pick<StoredRow, 'type' | 'data'>[]): Map<string, Map<string, string>> {
  const types = new Map<string, Map<string, string>>();
  for (const { type, data } of rows) {
    const fields = Object.entries(JSON.parse(data) as object).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? 'list' : typeof value,
    ]);
    const before = types.get(type);
    types.set(type, new Map(fields.filter(([name, kind]) => !before || before.get(name) === kind)));
  }
  return types;
}

/** What older code could not read of what today's code has written about the same workflows. */
function expectReadable(
  context: ChaosContext,
  older: readonly StoredRow[],
  newer: readonly StoredRow[],
): number {
  const known = fieldsByType(older);
  const compared = newer.filter(({ type }) => known.has(type));
  for (const [type, fields] of fieldsByType(compared))
    for (const [name, kind] of known.get(type) ?? [])
      context.expect(
        fields.get(name) === kind,
        `${type}.${name} is no ${kind} any more: older code reads it`,
      );
  return compared.length;
}

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)/g;

/** The recording with its times moved, as if it had just been made: what waits in it must not have run out meanwhile. */
function asOfNow(recording: string): string {
  const now = Date.now();
  const told = [...recording.matchAll(/"updated_at":"([^"]+)"/g)].map(([, at]) => Date.parse(at ?? ''));
  const later = now - Math.max(...told);
  return recording.replace(INSTANT, (at) => new Date(Date.parse(at) + later).toISOString());
}

export const upgrade: Scenario = {
  fault: 32,
  title:
    'runs in the middle of everything, as the first version stored them, are taken over by this one; what this one stores is held against what the first one reads',
  promise:
    'all of them finish as they would have; nothing that older code reads is missing in what newer code writes',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workflows });
    await Promise.all([...engine.orchestrators, ...engine.workers].map((one) => one.kill()));
    const lines = asOfNow(readFileSync(FIRST, 'utf8')).trimEnd().split('\n');
    const { open, effects } = JSON.parse(lines.pop() ?? '{}') as Around;
    const rows = lines.map((line) => JSON.parse(line) as RecordedRow);
    await restore(engine.sql, rows);
    engine.provider.effects.push(...effects);
    const older = await eventsOf(engine);
    await Promise.all([...engine.orchestrators, ...engine.workers].map((one) => one.start()));
    engine.started.push(...open);
    for (const one of open) await goOn(engine, one);
    const fresh = await beginEverything(engine);
    for (const one of fresh) await goOn(engine, one);
    await context.expectEnds(engine);
    const streams = new Set(fresh.map(({ runId }) => `run-${runId}`));
    const newer = (await eventsOf(engine)).filter(({ stream }) => streams.has(stream));
    const compared = expectReadable(context, older, newer);
    context.expect(compared > 0, 'nothing was compared');
    return { takenOver: open.length, eventsOfFirstVersion: older.length, eventsHeldAgainstIt: compared };
  },
};
