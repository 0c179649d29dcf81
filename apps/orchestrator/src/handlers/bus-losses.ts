import type { Sql } from '@trimtab/event-store';
import { rowsOf } from '@trimtab/event-store';
import type { TaskBus } from '../outbound/task-bus.js';

export interface Losses {
  /** Commands or results are gone. */
  readonly work: boolean;
  /** Public events are gone. */
  readonly events: boolean;
}

/** Notices that the broker's store is another one than before, also across restarts of this instance. */
export class BusLosses {
  private known: Map<string, string> | undefined;

  constructor(
    private readonly bus: TaskBus,
    private readonly sql: Sql,
    private readonly schema: string,
  ) {}

  async look(): Promise<Losses> {
    const known = (this.known ??= await this.remembered());
    const created = await this.bus.streamsCreated();
    const changed = [...created]
      .filter(([name, instant]) => known.has(name) && known.get(name) !== instant)
      .map(([name]) => name);
    const news = [...created].filter(([name, instant]) => known.get(name) !== instant);
    for (const [name, instant] of news) await this.remember(name, instant);
    this.known = new Map([...known, ...created]);
    return { work: changed.some((name) => name !== 'EVT'), events: changed.includes('EVT') };
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
