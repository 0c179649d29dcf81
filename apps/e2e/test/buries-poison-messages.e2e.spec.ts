import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { subjects, TASK_COMMAND } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import type { System } from '../src/index.js';
import { startSystem } from '../src/index.js';

const PATIENCE = { timeoutMs: 150_000 };
const subject = subjects.command('analysis', 'default', 'recommend');

const command = (over: Record<string, unknown> = {}): string =>
  JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    source: '/spec',
    type: TASK_COMMAND,
    time: '2026-11-18T09:30:00.000Z',
    datacontenttype: 'application/json',
    runid: 'run-of-nobody',
    taskid: 'task',
    attempt: 1,
    fencetoken: '1.1',
    data: { type: 'analysis.recommend', input: {}, replyTo: subjects.result(0, 'run-of-nobody') },
    ...over,
  });

describe('a message that nobody can work on', () => {
  let system: System;
  let nats: NatsConnection;

  beforeAll(async () => {
    system = await startSystem();
    nats = await connect({ servers: system.servers.natsUrl });
  });
  afterAll(async () => {
    await nats?.close();
    await system?.dispose();
  });

  const letters = async () =>
    (await system.client.call('listDeadLetters', { query: { service: 'analysis', limit: 1000 } })).items;
  const letterOf = (bytes: string | Uint8Array) =>
    eventually(async () => {
      const payload = Buffer.from(bytes).toString('base64');
      return (await letters()).find((one) => one.payload === payload);
    }, PATIENCE);
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

  it.each<[string, string | Uint8Array, RegExp]>([
    ['text that is no JSON', 'not json {', /json/i],
    ['invalid UTF-8', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]), /utf-?8|json/i],
    ['another specversion', command({ specversion: '0.3' }), /version/i],
    ['a missing id', command({ id: undefined }), /attribute|id/i],
    ['a missing type', command({ type: undefined }), /attribute|type/i],
    ['endless nesting', command({ data: 0 }).replace('"data":0', `"data":${nested}`), /nest|deep|depth/i],
    [
      'a prototype key',
      command({ data: 0 }).replace('"data":0', '"data":{"__proto__":{"a":1}}'),
      /proto|key/i,
    ],
    [
      'an unknown task type',
      command({ data: { type: 'analysis.guess', input: {}, replyTo: subjects.result(0, 'x') } }),
      /handler|type|rout/i,
    ],
    [
      'no task command at all',
      command({ type: 'trimtab.greeting.v1', data: 'hello' }),
      /command|handler|rout/i,
    ],
  ])('becomes a dead letter with a reason, its bytes kept: %s', async (_what, bytes, why) => {
    await jetstream(nats, { timeout: 60_000 }).publish(subject, bytes, { headers: undefined });
    const letter = await letterOf(bytes);
    expect(`${letter.reason} ${letter.error}`).toMatch(why);
    expect(letter).toMatchObject({ service: 'analysis', subject, status: 'new' });
    expect(await system.client.call('showDeadLetter', { params: { id: letter.id } })).toEqual(letter);
  });

  it('is delivered as often as needed and no more', async () => {
    const before = (await letters()).length;
    await new Promise((done) => setTimeout(done, 1_500));
    expect((await letters()).length).toBe(before);
    expect((await letters()).every(({ deliveries }) => deliveries <= 5)).toBe(true);
  });

  it('goes to where it was going again when it is replayed, and is buried again while it is broken', async () => {
    const [letter] = await letters();
    const seen: Uint8Array[] = [];
    const listening = nats.subscribe(subject, {
      callback: (_error, message) => void seen.push(message.data),
    });
    await nats.flush();
    const replayed = await system.client.call('replayDeadLetter', {
      params: { id: letter?.id ?? '' },
      body: {},
    });
    expect(replayed).toMatchObject({ id: letter?.id, status: 'replayed' });
    const asked = (data: Uint8Array) => Buffer.from(data).toString('base64') === letter?.payload;
    await eventually(() => seen.some(asked), PATIENCE);
    listening.unsubscribe();
    const again = async () =>
      (await letters()).find(({ id, payload }) => id !== letter?.id && payload === letter?.payload);
    const open = await eventually(again, PATIENCE);
    expect(open).toMatchObject({ status: 'new', reason: letter?.reason });
  });

  it('does not keep the service from its work', async () => {
    const { run, findings } = await system.optimize();
    expect(run.status).toBe('COMPLETED');
    expect(findings.recommendations.length).toBeGreaterThan(0);
  });
});
