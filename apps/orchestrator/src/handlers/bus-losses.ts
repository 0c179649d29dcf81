import type { Sql } from '@trimtab/event-store';
import { rowsOf } from '@trimtab/event-store';
import type { TaskBus } from '../outbound/task-bus.js';
import { READER, REWIND } from './public-feed.js';

export interface Losses {
  /** Commands or results are gone. */
  readonly work: boolean;
  /** Public events are gone. */
  readonly events: boolean;
}

/** Notices that the broker's store is another one than before, also across restarts of this instance. */
export class BusLosses {
  private known: Map<string, string> | undefined;
  private news: [string, string][] = [];

  constructor(
    private readonly bus: TaskBus,
    private readonly sql: Sql,
    private readonly schema: string,
  ) {}

  /** Says so again and again until `settle`. */
  async look(): Promise<Losses> {
    const known = (this.known ??= await this.remembered());
    const created = await this.bus.streamsCreated();
    this.news = [...created].filter(([name, instant]) => known.get(name) !== instant);
    const changed = this.news.map(([name]) => name).filter((name) => known.has(name));
    return { work: changed.some((name) => name !== 'EVT'), events: changed.includes('EVT') };
  }

  /** Lets public events be published again from further back, whoever does it and however often it ends meanwhile; then remembers the new store. */
  async settle(): Promise<void> {
    const news = this.news.splice(0);
    if (news.some(([name]) => name === 'EVT' && this.known?.has(name)))
      await this.sql.query(
        `UPDATE ${this.schema}.checkpoints SET sequence = greatest(0, sequence - $2) WHERE name = $1`,
        [READER, REWIND],
      );
    for (const [name, instant] of news) await this.remember(name, instant);
    this.known = new Map([...(this.known ?? []), ...news]);
  }

  private async remembered(): Promise<Map<string, string>> {
    const rows = await rowsOf<{ name: string; created: string }>(
      this.sql,
      `SELECT name, created FROM ${this.schema}.bus_streams`,
    );
    return new Map(rows.map(({ name, created }) => [name, created]));
  }

  private async remember(name: string, created: string): Promise<void> {
    await this.sql.query(
      `INSERT INTO ${this.schema}.bus_streams (name, created) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET created = excluded.created`,
      [name, created],
    );
  }
}
