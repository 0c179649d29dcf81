import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { Program } from './program.js';
import { quantile } from './statistics.js';

export interface Floor {
  /** Milliseconds of the whole sequence: 6 commits and 5 round trips, one after the other. */
  readonly sequenceMs: { readonly p50: number; readonly p99: number };
  readonly commitMs: number;
  readonly roundTripMs: number;
}

/** What no engine can beat that commits each of the seven steps' five levels and sends each to another process. */
export class FloorMeter {
  private constructor(
    private readonly client: pg.Client,
    private readonly roundTrip: () => Promise<unknown>,
    readonly close: () => Promise<void>,
  ) {}

  static async open(databaseUrl: string, natsUrl: string): Promise<FloorMeter> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('CREATE TABLE floor (id uuid PRIMARY KEY, data text NOT NULL)');
    const echo = await Program.start({ entry: join(import.meta.dirname, 'echo.js'), args: [natsUrl] });
    const nc = await connect({ servers: natsUrl });
    return new FloorMeter(
      client,
      () => nc.request('floor.echo', DATA, { timeout: 30_000 }),
      async () => {
        await nc.close();
        await client.end();
        await echo.stop();
      },
    );
  }

  async measure(sequences: number): Promise<Floor> {
    const [whole, commits, trips]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < sequences; i += 1) {
      const from = performance.now();
      for (let level = 0; level < 5; level += 1) {
        commits.push(await timed(() => this.commit()));
        trips.push(await timed(this.roundTrip));
      }
      commits.push(await timed(() => this.commit()));
      whole.push(performance.now() - from);
    }
    return {
      sequenceMs: { p50: quantile(whole, 0.5), p99: quantile(whole, 0.99) },
      commitMs: quantile(commits, 0.5),
      roundTripMs: quantile(trips, 0.5),
    };
  }

  private commit(): Promise<unknown> {
    const values = [randomUUID(), DATA];
    return this.client.query({ name: 'floor', text: 'INSERT INTO floor VALUES ($1, $2)', values });
  }
}

const DATA = 'x'.repeat(300);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
