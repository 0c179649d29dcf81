import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DiscoverySettings } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Messaging } from '@trimtab/messaging';
import { createLogger } from '@trimtab/observability';
import { eventually } from '@trimtab/testing';
import { PoolWatch } from '../src/handlers/pool-watch.js';
import { JetStreamBacklogs } from '../src/outbound/backlogs.js';
import { ConsulServiceDirectory } from '../src/outbound/service-directory.consul.js';
import { NatsServiceDirectory } from '../src/outbound/service-directory.nats.js';
import { openBus } from './connections.js';
import { RecordedAgent } from './consul-agent.js';

const logger = createLogger({ service: 'spec', level: 'silent' });
const settings = DiscoverySettings.parse({});

describe('O13 discovery: the NATS services API', () => {
  let servers: TestServers;
  let bus: Messaging;
  beforeAll(async () => {
    servers = await testServers();
    bus = await openBus(servers.natsUrl, 'spec');
  });
  afterAll(async () => {
    await bus.close(500);
    await servers.dispose();
  });

  it('finds instances with pool, load and readiness, and passes over what is none', async () => {
    const says = (answer: unknown): void =>
      void bus.nc.subscribe('$SRV.STATS', {
        callback: (_error, message) =>
          void message.respond(typeof answer === 'string' ? answer : JSON.stringify(answer)),
      });
    const endpoints = [{ num_requests: 10, num_errors: 2, processing_time: 5e9 }];
    says({
      name: 'analysis',
      id: 'a1',
      endpoints,
      metadata: { taskTypes: 'analysis.recommend', pool: 'gpu', concurrency: '4', inFlight: '3' },
    });
    says({ name: 'analysis', id: 'a2', metadata: { taskTypes: 'analysis.recommend', ready: 'false' } });
    says({ name: 'team.*', id: 'evil', metadata: { taskTypes: 'x.y' } });
    says({ name: 'clock', id: 'no worker', metadata: {} });
    says({ name: 7 });
    says('no json');
    await bus.nc.flush();
    const directory = new NatsServiceDirectory(bus, 500);
    // Whoever answers later than that is not seen this time.
    const found = await eventually(async () => {
      const seen = await directory.look();
      return seen.length >= 2 && [...seen].sort((a, b) => (a.instance < b.instance ? -1 : 1));
    });
    expect(found).toMatchObject([
      {
        service: 'analysis',
        instance: 'a1',
        pool: 'gpu',
        ready: true,
        concurrency: 4,
        inFlight: 3,
        counters: { requests: 10, errors: 2, processingMs: 5_000 },
      },
      { instance: 'a2', pool: 'default', ready: false },
    ]);
    const watch = new PoolWatch({
      sources: [directory],
      backlogs: new JetStreamBacklogs(bus),
      settings,
      logger,
      now: () => 0,
    });
    const pools = await eventually(async () => {
      const { pools } = await watch.refresh();
      // One that was late a few times counts as gone until it has answered a few times again.
      return pools.size >= 2 && pools.get('analysis/gpu')?.workers === 1 && pools;
    });
    expect(pools.get('analysis/gpu')).toMatchObject({ workers: 1, load: 0.75 });
    expect(pools.get('analysis/default')).toMatchObject({ workers: 0, instances: 1 });
  });
});

describe('O13 discovery: Consul, against a recorded agent', () => {
  let agent: RecordedAgent;
  let directory: ConsulServiceDirectory;
  /** With this patience for an answer. */
  const open = (answerMs?: number): ConsulServiceDirectory => {
    const { consul } = DiscoverySettings.parse({ consul: { url: agent.url, waitSeconds: 60 } });
    return (directory = new ConsulServiceDirectory(consul, logger, answerMs));
  };
  const worker = { meta: { taskTypes: 'analysis.recommend', concurrency: '4' } };
  beforeEach(async () => {
    agent = await RecordedAgent.start();
    open(30_000);
  });
  afterEach(async () => {
    directory.stop();
    await agent.stop();
  });
  const there = async (): Promise<string[]> =>
    (await directory.look()).map(({ instance, pool }) => `${instance} in ${pool}`);
  const becomes = (expected: readonly string[]): Promise<unknown> =>
    eventually(async () => JSON.stringify(await there()) === JSON.stringify(expected));

  it('maps services to pools by meta and tag, without those that fail or are in maintenance', async () => {
    agent.change([
      { id: 'a1', ...worker },
      { id: 'a2', meta: { ...worker.meta, pool: 'gpu' } },
      { id: 'a3', ...worker, tags: ['trimtab', 'pool=spot'] },
      { id: 'a4', ...worker, status: 'critical' },
      { id: 'a5', ...worker, maintenance: true },
      { id: 'no-worker' },
    ]);
    expect(await there()).toEqual(['a1 in default', 'a2 in gpu', 'a3 in spot']);
    expect(agent.asked).not.toContainEqual(expect.stringContaining('redis'));
    agent.behaviour = 'unfiltered';
    agent.change([
      { id: 'a1', ...worker },
      { id: 'a5', ...worker, maintenance: true },
    ]);
    const ready = async () => (await directory.look()).map((one) => `${one.instance} ${one.ready}`).join();
    await eventually(async () => (await ready()) === 'a1 true,a5 false');
  });

  it('follows changes by blocking queries, also when the index goes backwards', async () => {
    agent.change([{ id: 'a1', ...worker }]);
    expect(await there()).toEqual(['a1 in default']);
    await eventually(() => agent.asked.some((path) => path.includes('index=101&wait=60s')));
    agent.change([
      { id: 'a1', ...worker },
      { id: 'a2', ...worker },
    ]);
    await becomes(['a1 in default', 'a2 in default']);
    agent.change([{ id: 'a2', ...worker }], 3);
    await becomes(['a2 in default']);
    agent.change([{ id: 'a3', ...worker }]);
    await becomes(['a3 in default']);
  });

  it('says so when the agent fails or is silent, and what was known holds meanwhile', async () => {
    agent.change([{ id: 'a1', ...worker }]);
    const watch = new PoolWatch({
      sources: [open(500)],
      backlogs: { of: () => Promise.resolve(new Map()) },
      settings,
      logger,
      now: () => 0,
    });
    await eventually(async () => (await watch.refresh()).pools.has('analysis/default'));
    // From here on it waits for a change: a question of that kind to a silent agent would be open for a minute.
    await eventually(() => agent.asked.some((path) => path.includes('index=101&wait=60s')));
    for (const behaviour of ['status 500', 'silent'] as const) {
      agent.behaviour = behaviour;
      await expect(directory.look()).rejects.toMatchObject({ code: 'consul.unreachable', retry: 'later' });
      expect((await watch.refresh()).pools.get('analysis/default')).toMatchObject({ workers: 1 });
    }
    agent.behaviour = 'well';
    agent.change([]);
    await becomes([]);
  });
});
