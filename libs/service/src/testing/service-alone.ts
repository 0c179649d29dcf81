import { subjects, TASK_COMMAND } from '@trimtab/contracts';
import type { TaskResultData } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { startService } from '../host/start-service.js';
import type { RunningService } from '../host/start-service.js';
import type { ServiceDefinition } from '../define-service.js';

/** One attempt of a task as the orchestrator would ask for it. */
export interface Asked {
  readonly runId: string;
  readonly taskId: string;
  readonly input: unknown;
  /** Number of the send (1): a larger one is a deliberate repetition. */
  readonly send?: number;
}

/** One service of its own on real servers, with the spec in place of the orchestrator. */
export class ServiceAlone {
  private constructor(
    private readonly servers: TestServers,
    readonly running: RunningService,
  ) {}

  static async start(definition: ServiceDefinition): Promise<ServiceAlone> {
    const servers = await testServers();
    Object.assign(process.env, {
      NATS_URL: servers.natsUrl,
      // A machine that stands still over a new connection is no failure.
      DATABASE_URL: `${servers.databaseUrl}?connect_timeout=60`,
      LOG_LEVEL: 'silent',
    });
    try {
      return new ServiceAlone(servers, await startService(definition));
    } catch (error) {
      await servers.dispose();
      throw error;
    }
  }

  get artifacts() {
    return this.running.runtime.artifacts;
  }

  /** The first wanted message on `subject` (wildcards allowed) from when this resolves. */
  async next(
    subject: string,
    wanted: (envelope: Envelope) => boolean = () => true,
  ): Promise<{ readonly envelope: Promise<Envelope> }> {
    const { nc } = this.running.runtime.messaging;
    const subscription = nc.subscribe(subject);
    await nc.flush();
    const first = async (): Promise<Envelope> => {
      for await (const message of subscription) {
        const envelope = message.json<Envelope>();
        if (wanted(envelope)) return envelope;
      }
      throw new Error(`nothing came on ${subject}`);
    };
    return { envelope: first().finally(() => subscription.unsubscribe()) };
  }

  /** Sends a task command and gives the service's answer to it. */
  async ask(type: string, { runId, taskId, input, send = 1 }: Asked): Promise<Envelope<TaskResultData>> {
    const [service = '', action = ''] = type.split('.');
    const replyTo = subjects.result(0, runId);
    const id = `${runId}-${taskId}-1`;
    // An answer to an earlier task of the run may be sent twice.
    const answer = await this.next(replyTo, ({ causationid }) => causationid === id);
    const command: Envelope = {
      specversion: '1.0',
      id,
      source: '/trimtab/spec',
      type: TASK_COMMAND,
      time: new Date().toISOString(),
      runid: runId,
      taskid: taskId,
      attempt: 1,
      fencetoken: '1.0',
      data: { type, input, replyTo },
    };
    const subject = subjects.command(service, 'default', action);
    await this.running.runtime.messaging.publish(subject, command, { sendNumber: send });
    return (await answer.envelope) as Envelope<TaskResultData>;
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.running.runtime.pool.query(sql)).rows as Record<string, unknown>[];
  }

  async count(table: string): Promise<number> {
    return Number((await this.rows(`SELECT count(*) AS n FROM ${table}`))[0]?.['n']);
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.servers.dispose();
  }
}
