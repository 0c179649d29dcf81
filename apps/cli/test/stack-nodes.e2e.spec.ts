import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrimtabClient } from '@trimtab/client';
import { StackSettings, subjects } from '@trimtab/contracts';
import type { PeopleReply } from '@trimtab/contracts';
import { freePort, testFolder, testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually, startProcess } from '@trimtab/testing';
import type { FaultyProcess } from '@trimtab/testing';

const PATIENCE = { timeoutMs: 240_000, intervalMs: 200 };
const folder = testFolder();
const marks = join(folder, 'marks');
const gate = join(folder, 'gate');

/** Each element waits until there is the file that it is told, then leaves its mark once for each time that it is done. */
const burst = `
name: burst
version: 1
tasks:
  mark:
    uses: script.run
    forEach: input.elements
    concurrency: 100
    with:
      command: sh
      args:
        - -c
        - 'until [ -e "$2" ]; do sleep 0.1; done; sleep 0.4; echo "$TRIMTAB_TASK_ID" >> "$1"'
        - sh
        - '${marks}'
        - '\${ input.after }'
`;

let servers: TestServers;
let holder: FaultyProcess;
let client: TrimtabClient;
let bus: Messaging;
const heard: Envelope[] = [];

beforeAll(async () => {
  writeFileSync(join(folder, 'burst.yaml'), burst);
  servers = await testServers();
  const settings = StackSettings.parse({
    natsUrl: servers.natsUrl,
    databaseUrl: servers.databaseUrl,
    // One that it finds free again when it is started anew.
    gatewayPort: await freePort(),
    logLevel: 'warn',
    tasks: { scripts: ['sh'] },
    scaling: {
      enabled: true,
      coolDownSeconds: 0,
      workers: { tasks: { min: 1, max: 3 }, orchestrator: { min: 2 } },
    },
    repair: { probeSeconds: 1, probes: 8, failures: 3, stableSeconds: 1 },
  });
  const orchestration = {
    discovery: { refreshSeconds: 0.5 },
    scaling: { targetSeconds: 1, coolDownSeconds: 1, minWorkers: 1, maxWorkers: 9 },
  };
  const env = {
    ...{ TRIMTAB_WORKFLOWS: folder, TRIMTAB_CONCURRENCY: '2', TRIMTAB_LEASE_MS: '3000' },
    ORCHESTRATION_CONFIG: JSON.stringify(orchestration),
  };
  const options = { dataDir: folder, services: ['orchestrator', 'tasks', 'gateway'], settings, env };
  holder = await startProcess({
    entry: join(import.meta.dirname, 'stack-holder.mjs'),
    args: [JSON.stringify(options)],
    ready: { line: /"ready":true/ },
    timeoutMs: 300_000,
  });
  const ready = holder.output.split('\n').find((line) => line.includes('"ready":true')) ?? '';
  client = new TrimtabClient((JSON.parse(ready) as { gatewayUrl: string }).gatewayUrl);
  bus = await connectMessaging({ url: servers.natsUrl, name: 'spec', apiTimeoutMs: 60_000 });
  await bus.replay({ stream: 'EVT', live: true, onMessage: (event) => void heard.push(event) });
});
afterAll(async () => {
  await bus?.close(500);
  await holder?.stop(60_000);
  await servers?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const message = (type: string, data: unknown): Envelope => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/spec',
  type,
  time: new Date().toISOString(),
  data,
});

async function start(elements: string[], after: string): Promise<string> {
  const command = {
    workflow: 'burst',
    input: { elements, after },
    actor: 'ada',
    idempotencyKey: randomUUID(),
  };
  const asked = message('trimtab.people.start-run.v1', command);
  const ask = () => bus.request<PeopleReply<'start-run'>>(subjects.people('start-run'), asked, 5_000);
  return (await eventually(ask, PATIENCE)).runId;
}

const completed = (runId: string) =>
  eventually(
    () => heard.some(({ type, runid }) => type === 'trimtab.run.completed.v1' && runid === runId),
    PATIENCE,
  );

/** Services that answer, with the processes that they are in. */
async function instances(): Promise<{ name: string; pid: number }[]> {
  const { items } = await client.call('listServices', {});
  return items.map(({ name, instance }) => ({ name, pid: Number(instance.split('-').at(-2)) }));
}

const sizeOf = async (service: string): Promise<number> =>
  (await instances()).filter(({ name }) => name === service).length;
const timesDone = (): Map<string, number> => {
  const times = new Map<string, number>();
  for (const line of readFileSync(marks, 'utf8').trim().split('\n'))
    times.set(line, (times.get(line) ?? 0) + 1);
  return times;
};
const elements = (count: number): string[] => Array.from({ length: count }, (_, i) => `e${i}`);

describe('O26 workers of the local stack', () => {
  const hint = (desiredWorkers: number) => {
    const about = { service: 'tasks', pool: 'default', lag: 40, load: 1 };
    const data = { ...about, desiredWorkers, reason: 'the spec says so', at: new Date().toISOString() };
    const type = 'trimtab.service.scale-hint.v1';
    return bus.publish(subjects.event(type), message(type, data));
  };
  const scaled = () =>
    heard.flatMap(({ type, data }) =>
      type === 'trimtab.service.scaled.v1' ? [data as { from: number; to: number }] : [],
    );

  it('rise to their limit by the hints of the orchestrator, fall again, and no task is lost or doubled', async () => {
    writeFileSync(marks, '');
    const runId = await start(elements(60), gate);
    await eventually(() => scaled().some(({ to }) => to === 3), PATIENCE);
    // Somebody else says so while they have work in hand; the orchestrator asks for more again where it must.
    await hint(1);
    writeFileSync(gate, '');
    await eventually(() => scaled().some(({ from, to }) => from === 3 && to < 3), PATIENCE);
    await completed(runId);
    await eventually(async () => scaled().at(-1)?.to === 1 && (await sizeOf('tasks')) === 1, PATIENCE);
    const times = timesDone();
    expect([times.size, [...times.values()].filter((n) => n !== 1)]).toEqual([60, []]);
    expect(scaled()).toContainEqual(
      expect.objectContaining({
        ...{ service: 'tasks', pool: 'default', to: 3 },
        reason: expect.stringMatching(/^\d+ commands wait and \d+ are in hand/),
      }),
    );
    expect(holder.output).toMatch(/tasks: \d → 3 workers \(\d+ commands wait/);
  });
});

describe('O18 a node that fails', () => {
  /** The orchestrator that is alone in its process. */
  const second = (not = 0): Promise<number> =>
    eventually(async () => {
      const all = await instances();
      const gateway = all.find(({ name }) => name === 'gateway');
      const alone = ({ name, pid }: { name: string; pid: number }): boolean =>
        name === 'orchestrator' && pid !== gateway?.pid && pid !== not;
      return gateway && all.find(alone)?.pid;
    }, PATIENCE);
  /** It answers before its supervisor, who asks how it is from then on, has heard that it is ready. */
  const watched = () =>
    eventually(
      async () => holder.output.includes(`orchestrator-2 runs again (process ${await second()})`),
      PATIENCE,
    );
  const incidents = async () => {
    const { items } = await client.call('listIncidents', { query: {} });
    return items.filter(
      ({ kind, details }) => kind === 'node.failed' && details['process'] === 'orchestrator-2',
    );
  };

  it('is repaired by itself: a process that was killed is started again', async () => {
    const pid = await second();
    process.kill(pid, 'SIGKILL');
    expect(await second(pid)).not.toBe(pid);
    expect(holder.output).toMatch(/orchestrator-2 was killed: starting again/);
    await watched();
  });

  it('is repaired by itself: a process that stands still is ended and started again', async () => {
    const pid = await second();
    process.kill(pid, 'SIGSTOP');
    expect(await second(pid)).not.toBe(pid);
    expect(holder.output).toMatch(new RegExp(`orchestrator-2 \\(process ${pid}\\) did not answer`));
    await watched();
  });

  it('is replaced by another instance while it fails, and becomes an incident that ends with the trouble', async () => {
    writeFileSync(marks, '');
    const runIds = await Promise.all(Array.from({ length: 3 }, () => start(elements(6), marks)));
    process.kill(await second(), 'SIGKILL');
    const [incident] = await eventually(async () => {
      const found = await incidents();
      return found.length > 0 && found;
    }, PATIENCE);
    expect(incident?.message).toMatch(/orchestrator-2 failed \d+ times/);
    await Promise.all(runIds.map(completed));
    expect([...timesDone().values()]).toEqual(Array(6).fill(3));
    const resolved = await eventually(async () => {
      const found = await incidents();
      return found.every(({ status }) => status === 'resolved') && found;
    }, PATIENCE);
    expect(resolved[0]).toMatchObject({ resolvedBy: 'supervisor' });
  });
});
