import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '@trimtab/embedded';
import type { PostgresServer } from '@trimtab/embedded';
import { sweepTestFolders, testFolder } from '@trimtab/embedded/testing';
import pg from 'pg';
import { Program } from './program.js';

/** What all systems under measurement share: one Postgres that waits for the disk, and a collector of telemetry. */
export class Ground {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private databases = 0;
  private closing: Promise<void> | undefined;

  private constructor(
    /** Of this run alone, gone after `close`. */
    readonly folder: string,
    readonly postgres: PostgresServer,
    readonly collectorUrl: string,
  ) {}

  static async open(): Promise<Ground> {
    await sweepTestFolders();
    const folder = testFolder();
    const settings = { max_connections: '200' };
    const postgres = await startPostgres({ dataDir: folder, settings });
    const collector = await Program.start({ entry: join(import.meta.dirname, 'collector.js') });
    const { port } = await collector.ask<{ port: number }>({});
    const ground = new Ground(folder, postgres, `http://127.0.0.1:${port}`);
    ground.onClose(() => postgres.stop());
    ground.onClose(() => collector.stop());
    return ground;
  }

  /** An empty database on the shared server. */
  async database(): Promise<string> {
    const name = `bench_${(this.databases += 1)}`;
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    const url = new URL(this.postgres.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  onClose(close: () => Promise<unknown>): void {
    this.closers.push(close);
  }

  /** Ends everything that was started on it, the latest first, and removes its data. May be called again. */
  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) {
      await close().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
