import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { subjects } from '@trimtab/contracts';
import type { PeopleReply } from '@trimtab/contracts';
import { connectMessaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';
import type { System } from '../src/index.js';
import { inRepository, startSystem } from '../src/index.js';

const SECRET = 'api-token-of-the-pipeline';

/** A service of another team: busy at first, then it gives a receipt. */
const asked: { key: unknown; authorization: unknown; body: string; at: number }[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += String(part)));
  request.on('end', () => {
    const { 'idempotency-key': key, authorization } = request.headers;
    asked.push({ key, authorization, body, at: performance.now() });
    if (asked.length === 1) return void response.writeHead(503, { 'retry-after': '1' }).end('busy');
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"receipt":"R-7"}');
  });
});

describe('O29 a pipeline of built-in tasks', () => {
  let system: System;
  let target: string;

  beforeAll(async () => {
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    target = `http://${host}/rows`;
    system = await startSystem({
      services: ['orchestrator', 'tasks', 'gateway'],
      env: {
        TRIMTAB_WORKFLOWS: inRepository('examples/07-pipeline'),
        TASKS_SCRIPTS: 'node',
        TASKS_HOSTS: host,
        TASKS_ENV: 'API_TOKEN',
        API_TOKEN: SECRET,
      },
    });
  });
  afterAll(async () => {
    await system?.dispose();
    await new Promise((done) => receiver.close(done));
  });

  async function start(input: unknown): Promise<string> {
    const bus = await connectMessaging({ url: system.servers.natsUrl, name: 'spec' });
    const request = { workflow: 'pipeline', input, actor: 'ada', idempotencyKey: randomUUID() };
    const envelope = {
      specversion: '1.0',
      id: randomUUID(),
      source: '/spec',
      type: 'trimtab.people.start-run.v1',
      time: new Date().toISOString(),
      data: request,
    } as const;
    const reply = await eventually(
      () => bus.request<PeopleReply<'start-run'>>(subjects.people('start-run'), envelope, 5_000),
      { timeoutMs: 30_000 },
    );
    await bus.close(500);
    return reply.runId;
  }

  it('runs a script, hands over what it made, and goes on in another workflow', async () => {
    const runId = await start({ count: 21, target });
    const run = await system.runs.finished(runId);
    expect({ status: run.status, error: run.error }).toEqual({ status: 'COMPLETED', error: null });
    const { items } = await system.client.call('runEvents', { params: { runId } });
    const completed = items.find(({ type }) => type === 'trimtab.run.completed.v1');
    expect(completed?.data).toMatchObject({ outputs: { rows: 42, said: 'receipt R-7' } });
    expect(asked.map(({ body, authorization }) => [body, authorization])).toEqual(
      Array(2).fill(['{"rows":42}', `Bearer ${SECRET}`]),
    );
    expect(asked[0]?.key).toBe(`${runId}/hand-over`);
    expect(asked[1]?.key).toBe(asked[0]?.key);
    // The policy would have tried again after a fifth of a second; the server asked for one.
    expect((asked[1]?.at ?? 0) - (asked[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
    expect(JSON.stringify(items)).not.toContain(SECRET);
  });
});
