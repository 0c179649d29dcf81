import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PeopleCommand } from '@trimtab/contracts';
import { subjects } from '@trimtab/contracts';
import { eventually } from '@trimtab/messaging/testing';
import { AT, started } from './given.js';
import { newRun, Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const why = { actor: 'kim', reason: 'known', idempotencyKey: 'k1' };
const incident = {
  id: 'i',
  kind: 'run.stuck',
  runId: 'r',
  message: 'It stood still.',
  details: {},
  status: 'open',
  raisedAt: AT,
  lastSeenAt: AT,
  repairs: 1,
  resolvedAt: null,
  resolvedBy: null,
  resolution: null,
};
const cleaned = {
  preview: true,
  before: AT,
  runs: 1,
  events: 7,
  byStatus: { FAILED: 1 },
  archives: [],
  remaining: 0,
};
const done = { runId: 'r', status: 'RUNNING' };

/** Path, body, the command it becomes, what the command carries, the orchestrator's answer. */
const operations: readonly [string, object, PeopleCommand, object, object][] = [
  ['/runs/r/cancel', { compensate: true }, 'cancel-run', { runId: 'r', compensate: true }, done],
  ['/runs/r/terminate', {}, 'terminate-run', { runId: 'r' }, done],
  ['/runs/r/signals/go', { payload: { n: 1 } }, 'signal-run', { name: 'go', payload: { n: 1 } }, done],
  ['/runs/r/tasks/each[3]/retry', {}, 'retry-task', { taskId: 'each[3]' }, done],
  ['/incidents/i/resolve', {}, 'resolve-incident', { id: 'i' }, incident],
  ['/runs/cleanup', { olderThanDays: 30 }, 'cleanup-runs', { preview: true }, cleaned],
  ['/runs/r/tasks/a/skip', {}, 'skip-task', { taskId: 'a' }, done],
];

describe('operations over HTTP', () => {
  it.each(operations)('carry %s to the orchestrator with its actor, reason and key', async (...one) => {
    const [path, body, command, carried, answer] = one;
    const asked: unknown[] = [];
    const responding = stage.bus.respond(subjects.people(command), 'spec', ({ data }) => {
      asked.push(data);
      return answer;
    });
    await responding.ready;
    const reply = await stage.get(`/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, ...why }),
    });
    await responding.stop();
    expect([reply.status, await reply.json()]).toEqual([200, answer]);
    expect(asked).toEqual([expect.objectContaining({ ...carried, ...why })]);
  });

  it('list and show incidents as the orchestrator tells them', async () => {
    const list = stage.bus.respond(subjects.people('list-incidents'), 'spec', () => ({ items: [incident] }));
    const show = stage.bus.respond(subjects.people('show-incident'), 'spec', () => incident);
    await Promise.all([list.ready, show.ready]);
    const { items } = await stage.client.call('listIncidents', { query: { status: 'open', limit: 5 } });
    expect(items).toEqual([incident]);
    expect(await stage.client.call('showIncident', { params: { id: 'i' } })).toEqual(incident);
    await Promise.all([list.stop(), show.stop()]);
  });

  it('give an archive as a file, and nothing else that is stored', async () => {
    const { artifacts } = stage.gateway.runtime;
    const bytes = gzipSync('{"kind":"run"}');
    const archive = await artifacts.put(bytes, { mediaType: 'application/gzip' });
    const other = await artifacts.putJson({ secret: true });
    const read = await stage.client.bytes('readArchive', { params: { digest: archive.digest } });
    expect(Buffer.from(read).equals(bytes)).toBe(true);
    expect((await stage.get(`/api/v1/archives/${other.digest}`)).status).toBe(404);
    expect((await stage.get('/api/v1/archives/nothing')).status).toBe(400);
  });

  it('forget archived runs', async () => {
    const runId = newRun();
    await stage.tell('trimtab.run.started.v1', started(runId));
    await stage.projected(runId, 1);
    const archive = { ref: 'artifact:x', digest: 'x', bytes: 1, count: 1, mediaType: 'application/gzip' };
    const archived = { runIds: [runId], archive, before: AT, actor: 'kim', reason: null };
    await stage.tell('trimtab.run.archived.v1', archived);
    await eventually(async () => (await stage.get(`/api/v1/runs/${runId}`)).status === 404);
    expect(await stage.rows('SELECT 1 FROM events WHERE run_id = $1', [runId])).toEqual([]);
  });

  it('show a run and the one that does it again with their links', async () => {
    const [old, again] = [newRun(), newRun()];
    await stage.tell('trimtab.run.started.v1', started(old));
    await stage.tell('trimtab.run.started.v1', started(again, { labels: { restartOf: old } }));
    const { workflow, version } = started(old);
    const at = '2026-11-01T00:00:00.000Z';
    const link = { restartedAs: again, from: null, actor: 'kim', reason: null, at };
    await stage.tell('trimtab.run.restarted.v1', { runId: old, workflow, version, ...link });
    const labels = async (runId: string) =>
      (await stage.client.call('showRun', { params: { runId } })).labels;
    await eventually(async () => 'restartedAs' in (await labels(old).catch(() => ({}))));
    expect(await labels(old)).toMatchObject({ restartedAs: again });
    expect(await labels(again)).toMatchObject({ restartOf: old });
  });
});
