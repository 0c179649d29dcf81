import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '@trimtab/event-store';
import type { Logger } from '@trimtab/observability';
import { publicationsOf } from '../domain/public-events.js';
import type { LogRow } from '../domain/public-events.js';
import { runIdOf } from '../domain/stored-run-event.js';
import type { Incidents } from '../outbound/incidents.js';
import type { TaskBus } from '../outbound/task-bus.js';

const READER = 'public-events';
const BATCH = 1_000;
/** How far back it reads again when the stream of public events was lost. */
const REWIND = 100_000;

interface FeedWorld {
  readonly log: EventLog;
  readonly bus: TaskBus;
  readonly incidents: Incidents;
  readonly logger: Logger;
}

/** Publishes what one partition's events mean to others, in order, from the log; it goes on where it stopped. */
export class PublicFeed {
  private wanted = true;
  private rewound = false;
  private readonly stopping = new AbortController();
  private wakeUp: () => void = () => {};
  private done: Promise<void> = Promise.resolve();
  private position = 0;

  constructor(
    private readonly partition: number,
    private readonly world: FeedWorld,
  ) {}

  start(): void {
    this.done = this.run();
  }

  /** There is more to read. */
  wake(): void {
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
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        this.position = (await this.world.log.checkpoints(READER)).get(this.partition) ?? 0;
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
      const rows = await this.world.log.readPartition(this.partition, this.position, BATCH);
      await Promise.all(
        rows
          .flatMap((row) => publicationsOf(row as LogRow))
          .map((publication) => this.world.bus.publish(publication)),
      );
      for (const row of rows) await this.report(row as LogRow);
      const last = rows.at(-1)?.sequence;
      if (last !== undefined) {
        this.position = last;
        await this.world.log.saveCheckpoint(READER, this.partition, last);
      }
      if (rows.length < BATCH && !this.wanted) await new Promise<void>((resume) => (this.wakeUp = resume));
    }
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
