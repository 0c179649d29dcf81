import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '@trimtab/event-store';
import type { Logger } from '@trimtab/observability';
import { publicationsOf } from '../domain/public-events.js';
import type { LogRow } from '../domain/public-events.js';
import { isProgress, runIdOf } from '../domain/stored-run-event.js';
import type { Incidents } from '../outbound/incidents.js';
import type { TaskBus } from '../outbound/task-bus.js';
import type { FeedBeat } from './feed-beat.js';

export const READER = 'public-events';
const BATCH = 1_000;
/** Events that wait in memory for their publication; more are read from the log when their turn comes. */
const REMEMBERED = 5_000;
/** What was published since is published again after a crash: subscribers and the broker know it by its id. */
const CHECKPOINT_MS = 1_000;
/** How far back it reads again when the stream of public events was lost. */
export const REWIND = 100_000;

interface FeedWorld {
  readonly log: EventLog;
  readonly bus: TaskBus;
  readonly incidents: Incidents;
  readonly logger: Logger;
}

/** A row with its place in the partition. */
interface PlacedRow {
  readonly row: LogRow;
  readonly sequence: number;
}

/**
 * Publishes what one partition's events mean to others, in order: those that were just stored from memory, others from
 * the log. It goes on where it stopped.
 */
export class PublicFeed {
  private wanted = true;
  private rewound = false;
  private fresh: PlacedRow[] = [];
  private checkpoint = 0;
  private saving: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();
  private wakeUp: () => void = () => {};
  private done: Promise<void> = Promise.resolve();
  private position = 0;
  /** The last place that was stored here: not all up to it need be in memory. */
  private newest = 0;

  constructor(
    private readonly partition: number,
    private readonly world: FeedWorld,
    private readonly beat: FeedBeat,
  ) {}

  start(): void {
    this.done = this.run();
  }

  /** These were stored, the first of them at this place of the partition. */
  stored(rows: readonly LogRow[], firstSequence: number): void {
    this.newest = Math.max(this.newest, firstSequence + rows.length - 1);
    const room = this.fresh.length + rows.length <= REMEMBERED;
    for (let i = 0; room && i < rows.length; i += 1) {
      this.fresh.push({ row: rows[i] as LogRow, sequence: firstSequence + i });
    }
    this.beat.ask(this.onBeat, !rows.every(({ data }) => isProgress(data)));
  }

  private readonly onBeat = (): void => this.wake();

  /** There is more to publish. */
  private wake(): void {
    this.wanted = true;
    this.wakeUp();
  }

  /** The stream of public events is a new one: publish again what subscribers may not have seen; they know it by its id. */
  rewind(): void {
    this.rewound = true;
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.done;
    clearTimeout(this.saving);
    await this.save().catch(() => undefined);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        this.position = (await this.world.log.checkpoints(READER)).get(this.partition) ?? 0;
        this.checkpoint = this.position;
        await this.follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.world.logger.warn('public events wait', { partition: this.partition, error });
        await sleep(1_000, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.wanted = false;
      if (this.rewound) this.position = Math.max(0, this.position - REWIND);
      this.rewound = false;
      const rows = this.remembered() ?? (await this.read());
      if (rows.length > 0) await this.publish(rows);
      const more = rows.length === BATCH || (rows.length > 0 && this.isNextForgotten());
      if (!more && !this.wanted) await new Promise<void>((resume) => (this.wakeUp = resume));
    }
  }

  private async publish(rows: readonly PlacedRow[]): Promise<void> {
    await this.world.bus.publish(publicationsOf(rows.map(({ row }) => row)));
    for (const { row } of rows) if (row.data.type === 'RunFailed') await this.report(row);
    this.position = rows.at(-1)?.sequence ?? this.position;
    this.saving ??= setTimeout(() => void this.saveSoon(), CHECKPOINT_MS);
  }

  /** What is in memory has its beat to come; what is not would wait for ever. */
  private isNextForgotten(): boolean {
    return this.position < this.newest && this.fresh[0]?.sequence !== this.position + 1;
  }

  /** The next events, when they are in memory. */
  private remembered(): PlacedRow[] | undefined {
    const rows = this.fresh;
    if (rows[0]?.sequence !== this.position + 1) return undefined;
    const gap = rows.findIndex(({ sequence }, i) => sequence !== this.position + 1 + i);
    return rows.splice(0, Math.min(BATCH, gap < 0 ? rows.length : gap));
  }

  private async read(): Promise<PlacedRow[]> {
    const rows = await this.world.log.readPartition(this.partition, this.position, BATCH);
    const last = rows.at(-1)?.sequence ?? this.position;
    this.fresh = this.fresh.filter(({ sequence }) => sequence > last);
    return rows.map((row) => ({ row: row as LogRow, sequence: row.sequence }));
  }

  private async saveSoon(): Promise<void> {
    this.saving = undefined;
    await this.save().catch((error: unknown) =>
      this.world.logger.warn('how far public events are could not be noted', { error }),
    );
  }

  private async save(): Promise<void> {
    const { position } = this;
    if (position === this.checkpoint) return;
    await this.world.log.saveCheckpoint(READER, this.partition, position);
    this.checkpoint = position;
  }

  /** What could not be undone needs a person; its id is the event's, so that it is raised once. */
  private async report({ id, stream, data }: LogRow): Promise<void> {
    if (data.type !== 'RunFailed' || data.error.code !== 'workflow.compensation-failed') return;
    const runId = runIdOf(stream);
    const { message, details } = data.error;
    const kind = 'run.compensation-failed';
    await this.world.incidents.raise({ id, key: `compensation/${runId}`, kind, runId, message, details });
  }
}
