import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { subjects } from '@trimtab/contracts';
import type { RunDetail, ServiceView } from '@trimtab/contracts';
import { eventually } from '@trimtab/messaging/testing';
import { AT, completed, started, task, taskDone } from './given.js';
import { newRun, Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());

const post = (path: string, body: unknown): Promise<Response> =>
  stage.get(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Answers people's commands until `stop`, in place of the orchestrator. */
async function respond(command: string, answer: (data: Record<string, unknown>) => unknown) {
  const responding = stage.bus.respond(subjects.people(command), 'spec', ({ data }: Envelope) =>
    answer(data as Record<string, unknown>),
  );
  await responding.ready;
  return responding;
}

describe('O8 watching a run', () => {
  it('shows each change with live progress on top, and ends with the run', async () => {
    const runId = newRun();
    await stage.tell('trimtab.run.started.v1', started(runId));
    await stage.tell('trimtab.task.queued.v1', task(runId, 'inventory[0]'));
    await stage.projected(runId, 2);
    const seen: RunDetail[] = [];
    const watching = (async () => {
      for await (const run of stage.client.follow('watchRun', { params: { runId } })) seen.push(run);
    })();
    await eventually(() => seen.length === 1);
    const progress = {
      kind: 'progress',
      runId,
      taskId: 'inventory[0]',
      attempt: 1,
      done: 3,
      total: 7,
      at: AT,
    };
    stage.bus.publishLive(subjects.live(runId), progress);
    await eventually(() => seen.length === 2);
    expect(seen[1]?.taskList).toMatchObject([
      { state: 'RUNNING', progress: { done: 3, total: 7, note: null } },
    ]);
    await stage.tell('trimtab.task.completed.v1', taskDone(runId, 'inventory[0]'));
    await stage.tell('trimtab.run.completed.v1', completed(runId));
    await watching;
    expect(seen.at(-1)).toMatchObject({
      status: 'COMPLETED',
      taskList: [{ state: 'COMPLETED', progress: null }],
    });
  });

  it('refuses a run that is not there before anything is streamed', async () => {
    const answer = await stage.get('/api/v1/runs/nowhere/watch');
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'run.not-found' } }]);
  });

  it('lists runs newest first, by status and workflow', async () => {
    const [one, two] = [newRun(), newRun()];
    await stage.tell(
      'trimtab.run.started.v1',
      started(one, { workflow: 'rollback', startedAt: '2026-12-01T00:00:00.000Z' }),
    );
    await stage.tell(
      'trimtab.run.started.v1',
      started(two, { workflow: 'rollback', startedAt: '2026-12-02T00:00:00.000Z' }),
    );
    await stage.tell('trimtab.run.paused.v1', { ...started(two), actor: 'orchestrator', reason: 'a: no' });
    await stage.projected(two, 2);
    const ids = async (query: object) =>
      (await stage.client.call('listRuns', { query })).items.map((run) => run.id);
    expect(await ids({ workflow: 'rollback' })).toEqual([two, one]);
    expect(await ids({ workflow: 'rollback', status: 'SUSPENDED' })).toEqual([two]);
    expect(await ids({ limit: 1 })).toEqual([two]);
  });

  it('has a waterfall under the id of its trace', async () => {
    const runId = newRun();
    await stage.tell('trimtab.run.started.v1', started(runId));
    await stage.tell('trimtab.task.completed.v1', taskDone(runId, 'a'));
    await stage.projected(runId, 2);
    const trace = await stage.client.call('runTrace', { params: { runId } });
    expect(trace).toMatchObject({
      traceId: runId.replaceAll('-', ''),
      spans: [{ name: 'optimize' }, { name: 'a' }],
    });
    expect(trace.spans[1]?.parentSpanId).toBe(trace.spans[0]?.spanId);
  });
});

describe("people's commands", () => {
  const decision = { decision: 'grant', digest: 'sha256:1', actor: 'kim' } as const;

  it('carry a decision with its digest to the owner of the run and bring back what it committed', async () => {
    const asked: Record<string, unknown>[] = [];
    const responding = await respond('decide-approval', (data) => {
      asked.push(data);
      return { runId: 'r', taskId: 't', status: 'granted', decidedBy: 'kim' };
    });
    const params = { runId: 'r', taskId: 't' };
    const reply = await stage.client.call('decideApproval', { params, body: decision });
    await responding.stop();
    expect(reply).toEqual({ runId: 'r', taskId: 't', status: 'granted', decidedBy: 'kim' });
    expect(asked).toMatchObject([{ ...decision, runId: 'r', taskId: 't' }]);
  });

  it.each([
    ['approval.digest-mismatch', 'never', 409],
    ['run.not-found', 'never', 404],
    ['run.invalid', 'never', 400],
    ['run.illegal-transition', 'never', 422],
    ['bus.full', 'later', 503],
  ] as const)('bring back the refusal %s (%s) as %d', async (code, retry, status) => {
    const responding = await respond('decide-approval', () => {
      throw new AppError(code, 'Look again.', { retry });
    });
    const answer = await post('/api/v1/approvals/r/t/decision', decision);
    await responding.stop();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([
      status,
      retry === 'later' ? '1' : null,
    ]);
    expect(await answer.json()).toMatchObject({ error: { code, message: 'Look again.', retry } });
  });

  it('say when to try again while nobody answers', async () => {
    const answer = await post('/api/v1/runs/r/cancel', {});
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ error: { code: 'bus.no-answer', retry: 'later' } });
  });

  it('start a run that rolls actions back', async () => {
    const asked: unknown[] = [];
    const responding = await respond('start-run', (data) => {
      asked.push(data);
      return { runId: 'rb', status: 'RUNNING' };
    });
    const cloud = { accounts: [{ id: '1', name: 'one' }], regions: ['eu-west-1'] };
    const body = { cloud, actionIds: ['a'], idempotencyKey: 'k', actor: 'kim' };
    expect(await stage.client.call('rollbackActions', { body })).toEqual({ runId: 'rb', status: 'RUNNING' });
    await responding.stop();
    const input = { actionIds: ['a'], requestedBy: 'kim' };
    expect(asked).toMatchObject([{ workflow: 'rollback', idempotencyKey: 'k', input }]);
  });
});

describe('a bad request', () => {
  it('hears every problem at once', async () => {
    const { error } = (await (await post('/api/v1/runs', { labels: 7, input: { asOf: 'now' } })).json()) as {
      error: { code: string; details: { problems: string[] } };
    };
    expect(error.code).toBe('request.invalid');
    const named = error.details.problems.map((problem) => problem.split(':')[0]);
    expect(named).toEqual(
      expect.arrayContaining([
        'body labels',
        'body input.asOf',
        'body input.settings',
        'body idempotencyKey',
      ]),
    );
  });

  it.each([
    ['GET', '/api/v1/recommendations?limit=0', undefined, 400],
    ['GET', '/api/v1/runs?limit=1001', undefined, 400],
    ['GET', '/api/v1/nothing', undefined, 404],
    ['POST', '/api/v1/runs', '{"broken', 400],
    ['POST', '/api/v1/runs', `"${'x'.repeat(200_000)}"`, 413],
    ['GET', '/api/v1/reports/nowhere/html', undefined, 404],
    ['GET', '/api/v1/dead-letters/nowhere', undefined, 404],
    ['GET', '/api/docs/..%2f..%2fpackage.json', undefined, 404],
  ])('%s %s is refused with %s', async (method, path, body, status) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await stage.get(path, { method, ...(body === undefined ? {} : { body, headers }) });
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { retry: 'never' } }]);
  });
});

describe('documents', () => {
  it('of the API and the bus are served, with a page to read them', async () => {
    const json = async (path: string) => (await stage.get(path)).json() as Promise<Record<string, unknown>>;
    expect(await json('/api/openapi.json')).toMatchObject({ openapi: expect.stringMatching(/^3\./) });
    expect(await json('/api/asyncapi.json')).toMatchObject({ asyncapi: expect.stringMatching(/^3\./) });
    const page = await (await stage.get('/api/docs')).text();
    const files = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(files).toHaveLength(2);
    for (const file of files) expect((await stage.get(file)).status).toBe(200);
  });

  it('that a run made come with their media type and cannot reach out', async () => {
    const runId = newRun();
    const html = Buffer.from('<h1>Waste</h1>');
    const artifact = await stage.gateway.runtime.artifacts.put(html, { mediaType: 'text/html' });
    const report = { id: 'x', runId, title: 'Waste', formats: [{ format: 'html', artifact }] };
    await stage.tell('trimtab.report.created.v1', { runId, report });
    await stage.projected(runId, 1);
    const { items } = await stage.client.call('listReports', { query: { runId } });
    expect(items).toMatchObject([{ runId, title: 'Waste', formats: ['html'] }]);
    const answer = await stage.get(`/api/v1/reports/${runId}/html`);
    expect(await answer.text()).toBe('<h1>Waste</h1>');
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await stage.get(`/api/v1/reports/${runId}/json`)).status).toBe(404);
  });
});

describe('services', () => {
  it('are listed as they answer', async () => {
    let items: ServiceView[] = [];
    // Whoever does not answer in time is left out.
    await eventually(async () => {
      ({ items } = await stage.client.call('listServices', {}));
      return items.length > 0;
    });
    expect(items).toMatchObject([{ name: 'gateway', pool: 'default', taskTypes: [] }]);
  });
});

describe('an answer that was lost', () => {
  it('is asked for again under the same key', async () => {
    process.env['GATEWAY_COMMAND_TIMEOUT_MS'] = '3000';
    await stage.restart();
    const keys: unknown[] = [];
    const responding = await respond('cancel-run', async ({ idempotencyKey, runId }) => {
      keys.push(idempotencyKey);
      if (keys.length === 1) await eventually(() => keys.length > 1);
      return { runId, status: 'CANCELLED' };
    });
    const reply = await stage.client.call('cancelRun', { params: { runId: 'r' }, body: {} });
    await responding.stop();
    expect(reply).toEqual({ runId: 'r', status: 'CANCELLED' });
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
  });
});
