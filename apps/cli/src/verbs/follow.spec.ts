import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TrimtabClient } from '@trimtab/client';
import type { RunDetail } from '@trimtab/contracts';
import { follow } from './follow.js';

const finished: RunDetail = {
  id: 'run-1',
  workflow: 'optimize',
  version: 1,
  status: 'COMPLETED',
  actor: 'ada',
  labels: {},
  startedAt: '2026-11-18T09:30:00.000Z',
  endedAt: '2026-11-18T09:30:01.000Z',
  durationMs: 1_000,
  tasks: {},
  error: null,
  input: null,
  outputs: null,
  taskList: [],
};
const absent = { error: { code: 'run.not-found', message: 'There is no run run-1.', retry: 'never' } };

/** A gateway whose read model hears of the run between the first and the second look. */
let looks = 0;
const gateway = createServer((_request, response) => {
  looks += 1;
  if (looks === 1) return void response.writeHead(404).end(JSON.stringify(absent));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify(finished)}\n\n`);
});
let client: TrimtabClient;

beforeAll(async () => {
  await new Promise<void>((done) => gateway.listen(0, '127.0.0.1', done));
  client = new TrimtabClient(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`);
});
afterAll(() => new Promise((done) => gateway.close(done)));
beforeEach(() => {
  looks = 0;
});

const silent = {
  terminal: {
    json: false,
    debug: false,
    live: false,
    columns: 80,
    out: () => undefined,
    err: () => undefined,
  },
};

describe('following a run', () => {
  it('waits for one that was just started and is not known yet', async () => {
    expect(await follow(silent, client, 'run-1', { justStarted: true })).toEqual(finished);
  });

  it('says at once that there is none of an id that somebody gave', async () => {
    await expect(follow(silent, client, 'run-1')).rejects.toMatchObject({ code: 'run.not-found' });
    expect(looks).toBe(1);
  });
});
