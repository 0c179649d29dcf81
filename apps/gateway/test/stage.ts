import { randomUUID } from 'node:crypto';
import { TrimtabClient } from '@trimtab/client';
import { subjects } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers, TestServersOptions } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { createPool } from '@trimtab/event-store';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { anEnvelope, eventually } from '@trimtab/messaging/testing';
import { startService } from '@trimtab/service';
import type { RunningService } from '@trimtab/service';
import { service as definition } from '../src/index.js';

/** Longer than a machine stands still. */
export const PATIENCE_MS = 60_000;

/** The gateway alone on a real bus and database, with the client that people use and a bus of the spec's own. */
export class Stage {
  private constructor(
    readonly servers: TestServers,
    readonly bus: Messaging,
    private readonly pool: ReturnType<typeof createPool>,
    public gateway: RunningService,
  ) {}

  static async open(options: TestServersOptions = {}, env: Record<string, string> = {}): Promise<Stage> {
    const servers = await testServers(options);
    Object.assign(process.env, {
      NATS_URL: servers.natsUrl,
      // A machine that stands still over a new connection is no failure.
      DATABASE_URL: `${servers.databaseUrl}?connect_timeout=60`,
      LOG_LEVEL: 'silent',
      GATEWAY_PORT: '0',
      // A command whose answer is late is given again: specs count what they are asked.
      GATEWAY_COMMAND_TIMEOUT_MS: '120000',
      ...env,
    });
    const bus = await connectMessaging({ url: servers.natsUrl, name: 'spec', apiTimeoutMs: PATIENCE_MS });
    const url = `${servers.databaseUrl}?options=-csearch_path%3Dgateway`;
    const pool = createPool({ url, connectMs: PATIENCE_MS });
    return new Stage(servers, bus, pool, await startService(definition));
  }

  get url(): string {
    return this.gateway.url ?? '';
  }

  get client(): TrimtabClient {
    return new TrimtabClient(this.url);
  }

  async restart(): Promise<void> {
    await this.gateway.stop();
    this.gateway = await startService(definition);
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    await this.bus.close(500);
    await this.pool.end();
    await this.servers.dispose();
  }

  /**
   * Publishes a public event, as often as it takes, as an outbox does; `send` above 1 is a deliberate second send that
   * the broker does not swallow.
   */
  async tell(type: string, data: unknown, more: Partial<Envelope> = {}, send = 1): Promise<Envelope> {
    const { runId } = (data ?? {}) as { runId?: string };
    const event = anEnvelope({ type, data, ...(runId === undefined ? {} : { runid: runId }), ...more });
    await eventually(() => this.accepted(subjects.event(type), event, send));
    return event;
  }

  private async accepted(subject: string, event: Envelope, sendNumber: number): Promise<boolean> {
    await this.bus.publish(subject, event, { sendNumber });
    return true;
  }

  rows<Row = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.pool.query(sql, values).then((result) => result.rows as Row[]);
  }

  /** Waits until the history holds this many events of a run. */
  async projected(runId: string, count: number, timeoutMs = PATIENCE_MS): Promise<void> {
    const sql = 'SELECT count(*)::int AS count FROM events WHERE run_id = $1';
    const enough = async (): Promise<boolean> => {
      const [row] = await this.rows<{ count: number }>(sql, [runId]);
      return (row?.count ?? 0) >= count;
    };
    await eventually(enough, timeoutMs);
  }

  get(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }
}

export const newRun = (): string => randomUUID();
