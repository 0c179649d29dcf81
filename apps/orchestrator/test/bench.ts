import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandConsumer, subjects, TASK_RESULT } from '@trimtab/contracts';
import type { PeopleCommand, PeopleReply, TaskCommandData } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { openArtifacts } from '@trimtab/event-store';
import { AppError, partitionOf, toErrorInfo } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { Delivery, Messaging } from '@trimtab/messaging';
import { createLogger } from '@trimtab/observability';
import { eventually } from '@trimtab/testing';
import { defineWorkflow } from '@trimtab/workflow';
import type { WorkflowDefinition, WorkflowDocument } from '@trimtab/workflow';
import type { LiveRun } from '../src/domain/live-run.js';
import type { World } from '../src/handlers/world.js';
import { Orchestrator } from '../src/orchestrator.js';
import type { OrchestratorOptions } from '../src/orchestrator-options.js';
import { openBus, openPool } from './connections.js';

export type Answer = (command: TaskCommandData, envelope: Envelope<TaskCommandData>) => unknown;

/** A task that is not answered at all. */
export const SILENCE = Symbol('silence');

const ASK_MS = 20_000;
/** Longer than what was lost on its way takes to be sent or delivered again. */
const PATIENCE_MS = 90_000;
/** Nobody owns the partition at this moment, or the answer was lost: the same question may be asked again. */
const AGAIN: ReadonlySet<string> = new Set(['bus.no-answer', 'bus.timeout', 'partition.fenced']);

/** Real servers, orchestrators on them and a worker of the service `test` that answers over the bus. */
export class Bench {
  readonly received: Envelope<TaskCommandData>[] = [];
  readonly events: Envelope[] = [];
  /** How many commands came in each message. */
  readonly together: number[] = [];
  answer: Answer = () => ({});
  private readonly orchestrators: {
    orchestrator: Orchestrator;
    messaging: Messaging;
    pool: ReturnType<typeof openPool>;
    crashed?: boolean;
  }[] = [];
  private lastBatch: object | undefined;

  private constructor(
    readonly servers: TestServers,
    readonly messaging: Messaging,
  ) {}

  static async open(): Promise<Bench> {
    const servers = await testServers();
    return new Bench(servers, await openBus(servers.natsUrl, 'bench'));
  }

  /** One more instance, with connections of its own. */
  async orchestrator(
    workflows: WorkflowDefinition[],
    options: Partial<OrchestratorOptions> = {},
  ): Promise<Orchestrator> {
    const level = (process.env.LOG_LEVEL ?? 'silent') as 'silent';
    const logger = createLogger({ service: 'orchestrator', level });
    const messaging = await openBus(this.servers.natsUrl, 'orchestrator', logger);
    const pool = openPool(this.servers.databaseUrl);
    const instanceId = randomUUID();
    const orchestrator = await Orchestrator.start({
      pool,
      messaging,
      artifacts: await openArtifacts(pool),
      logger,
      instanceId,
      workflows,
      leaseMs: 2_000,
      ...options,
    });
    this.orchestrators.push({ orchestrator, messaging, pool });
    const { steering } = worldOf(orchestrator);
    // That the machine stood still for some seconds is no reason here to doubt what is known of services.
    if (steering) Object.assign(steering.routing.world, { staleAfterMs: PATIENCE_MS });
    return orchestrator;
  }

  /** Cuts an instance off from the bus and from Postgres: nothing is finished or given back, it lives on as a zombie. */
  async crash(orchestrator: Orchestrator): Promise<void> {
    const one = this.orchestrators.find((known) => known.orchestrator === orchestrator);
    if (!one) return;
    one.crashed = true;
    // Nobody is left to hear that what it was opening cannot be opened any more.
    const { owned } = orchestrator as unknown as { owned: Map<number, { opening: Promise<void> }> };
    for (const { opening } of owned.values()) opening.catch(() => undefined);
    await one.messaging.nc.close();
    void one.pool.end().catch(() => undefined);
  }

  /** A worker that answers every command of the service `test` by `answer`; thrown errors become failed results. */
  async worker(): Promise<void> {
    const consumer = commandConsumer('test');
    await this.messaging.provision({ streams: [], consumers: [consumer] });
    this.messaging.watchProvisioning({ streams: [], consumers: [consumer] }, { everyMs: 500 });
    this.messaging.consume({
      ...consumer,
      service: 'test',
      concurrency: 256,
      onMessage: (delivery) => this.work(delivery as Delivery<TaskCommandData>),
    });
  }

  /** Keeps every public event, once: it may be said again, under the same id. */
  async listen(): Promise<void> {
    const known = new Set<string>();
    await this.messaging.replay({
      stream: 'EVT',
      live: true,
      onMessage: (event) => void (known.has(event.id) || (known.add(event.id) && this.events.push(event))),
    });
  }

  /** As those ask who keep to the contract: the same command again, with its key, as long as it has no owner. */
  async ask<C extends PeopleCommand>(command: C, request: object): Promise<PeopleReply<C>> {
    const data = { actor: 'anna', idempotencyKey: randomUUID(), ...request };
    const envelope = {
      specversion: '1.0',
      id: randomUUID(),
      source: '/test',
      type: `trimtab.people.${command}.v1`,
      time: new Date().toISOString(),
      data,
    } as const;
    for (const end = performance.now() + PATIENCE_MS; ;) {
      try {
        return await this.messaging.request(subjects.people(command), envelope, ASK_MS);
      } catch (error) {
        if (!AGAIN.has(toErrorInfo(error).code) || performance.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  async start(workflow: string, input: unknown = {}): Promise<string> {
    return (await this.ask('start-run', { workflow, input })).runId;
  }

  async state(
    runId: string,
  ): Promise<{ status: string; tasks: Record<string, { status: string; attempt: number }> }> {
    const { state } = (await this.ask('show-run', { runId })) as {
      state: { status: string; tasks: [string, { status: string; attempt: number }][] };
    };
    return { ...state, tasks: Object.fromEntries(state.tasks) };
  }

  async until(
    runId: string,
    status: string,
    timeoutMs = PATIENCE_MS,
  ): Promise<Awaited<ReturnType<Bench['state']>>> {
    const look = async () => {
      const state = await this.state(runId);
      if (state.status === status) return state;
      throw new Error(`run ${runId} is ${JSON.stringify(state)}, not ${status}`);
    };
    return eventually(look, { timeoutMs });
  }

  /** Commands of one run that came to the worker, in their order. */
  commandsOf(runId: string): Envelope<TaskCommandData>[] {
    return this.received.filter(({ runid }) => runid === runId);
  }

  /** Waits until so many commands of a run have come to the worker; gives them. */
  sent(runId: string, count = 1): Promise<Envelope<TaskCommandData>[]> {
    return eventually(() => {
      const found = this.commandsOf(runId);
      return found.length >= count && found;
    });
  }

  async result(
    command: Envelope<TaskCommandData>,
    answer: unknown,
    over: Partial<Envelope> = {},
  ): Promise<void> {
    const at = new Date().toISOString();
    const worked = { startedAt: at, endedAt: at, worker: 'test-1' };
    const data =
      answer instanceof Error
        ? { status: 'failed', error: toErrorInfo(answer), ...worked }
        : { status: 'completed', output: answer, ...worked };
    const { runid, taskid, attempt, traceparent } = command;
    const envelope = {
      specversion: '1.0',
      id: randomUUID(),
      source: '/test',
      type: TASK_RESULT,
      time: at,
      runid,
      taskid,
      attempt,
      fencetoken: `${attempt}.1`,
      traceparent,
      data,
      ...over,
    } as Envelope;
    await this.messaging.publish(command.data.replyTo, envelope);
  }

  async dispose(): Promise<void> {
    for (const { orchestrator, messaging, pool, crashed } of this.orchestrators) {
      await orchestrator.stop().catch((error: unknown) => crashed || Promise.reject(error as Error));
      if (crashed) continue;
      await messaging.close(1_000);
      await pool.end();
    }
    await this.messaging.close(1_000);
    await this.servers.dispose();
  }

  private async work({ envelope, batch }: Delivery<TaskCommandData>): Promise<typeof ack> {
    this.received.push(envelope);
    this.together.push(batch && batch === this.lastBatch ? (this.together.pop() ?? 0) + 1 : 1);
    this.lastBatch = batch;
    const answer = await this.answerTo(envelope);
    if (answer !== SILENCE) await this.result(envelope, answer);
    return ack;
  }

  private async answerTo(envelope: Envelope<TaskCommandData>): Promise<unknown> {
    try {
      return await this.answer(envelope.data, envelope);
    } catch (error) {
      return error;
    }
  }
}

export const worldOf = (orchestrator: Orchestrator): World =>
  (orchestrator as unknown as { world: World }).world;

/** A run in the memory of its owner; undefined when it rests there no more. */
export const inMemory = (orchestrator: Orchestrator, runId: string): LiveRun | undefined =>
  worldOf(orchestrator).owned(partitionOf(runId, 16))?.memory.get(runId);

export const flow = (
  name: string,
  document: Omit<WorkflowDocument, 'name' | 'version'>,
): WorkflowDefinition => defineWorkflow({ name, version: '1', ...document });
export const broken = (retry: 'never' | 'later'): AppError =>
  new AppError('test.broken', 'It broke.', { retry });
