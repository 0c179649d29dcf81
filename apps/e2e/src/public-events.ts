import type { TrimtabClient } from '@trimtab/client';
import type { TestServers } from '@trimtab/embedded/testing';
import { createPool } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import type { Envelope } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';

/** What a gateway that was killed had in hand comes again after its ack wait of half a minute. */
const PATIENCE = { timeoutMs: 150_000, intervalMs: 100 };

/** The way of public events from the services to what people see. */
export class PublicEvents {
  constructor(
    private readonly servers: Pick<TestServers, 'natsUrl' | 'databaseUrl'>,
    private readonly client: TrimtabClient,
  ) {}

  /** Resolves when all that services have to say about a run has reached the read model. */
  async arrived(runId: string): Promise<void> {
    const { natsUrl, databaseUrl } = this.servers;
    const bus = await connectMessaging({ url: natsUrl, name: 'spec', firstConnectMs: PATIENCE.timeoutMs });
    const sql = createPool({ url: databaseUrl, max: 1 });
    try {
      await eventually(() => this.look(bus, sql, runId), PATIENCE);
    } finally {
      await sql.end();
      await bus.close(500);
    }
  }

  private async look(bus: Messaging, sql: Sql, runId: string): Promise<true> {
    const unsent = await unsentIn(sql);
    if (unsent > 0) throw new Error(`${unsent} messages wait in outboxes`);
    const published = await publishedOf(bus, runId);
    const { items } = await this.client.call('runEvents', { params: { runId } });
    const known = new Set(items.map(keyOf));
    const missing = published.filter((one) => !known.has(keyOf(one)));
    if (missing.length === 0) return true;
    throw new Error(
      `the gateway has not heard ${missing.map(({ type }) => type).join(', ')} of run ${runId}`,
    );
  }
}

const keyOf = ({ source, id }: { source: string; id: string }): string => `${source} ${id}`;

/** Committed messages that were not published yet, of all services. */
async function unsentIn(sql: Sql): Promise<number> {
  const { rows } = await sql.query(
    `SELECT table_schema AS schema FROM information_schema.tables WHERE table_name = 'outbox'`,
  );
  let unsent = 0;
  for (const { schema } of rows as { schema: string }[]) {
    const found = await sql.query(`SELECT count(*)::int AS n FROM "${schema}".outbox WHERE sent_at IS NULL`);
    unsent += (found.rows as { n: number }[])[0]?.n ?? 0;
  }
  return unsent;
}

async function publishedOf(bus: Messaging, runId: string): Promise<Envelope[]> {
  const published: Envelope[] = [];
  const onMessage = (event: Envelope): void => {
    const { runId: named } = (event.data ?? {}) as { runId?: unknown };
    if ((event.runid ?? named) === runId) published.push(event);
  };
  const { finished } = await bus.replay({ stream: 'EVT', live: false, onMessage });
  await finished;
  return published;
}
