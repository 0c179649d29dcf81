import type {
  Attachment,
  DueTimer,
  ProcessedInput,
  PublicMessage,
  Snapshot,
  StoredEvent,
  StoredRun,
  StreamStart,
} from '../log/event.js';
import { EventLog } from '../log/event-log.port.js';

const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

/** The event log without a database, linear in its size: for tests and small simulations. */
export class MemoryEventLog extends EventLog {
  readonly events: StoredEvent[] = [];
  readonly runs = new Map<string, StoredRun>();
  readonly timers = new Map<string, DueTimer>();
  readonly inputs = new Map<string, ProcessedInput>();
  readonly messages: PublicMessage[] = [];
  private readonly snapshots = new Map<string, Snapshot>();
  private readonly sequences = new Map<string, Map<number, number>>();

  constructor(
    override readonly partitionCount: number,
    private readonly clock: () => Date,
  ) {
    super();
  }

  override async readPartition(partition: number, after: number, limit: number): Promise<StoredEvent[]> {
    return this.events.filter((e) => e.partition === partition && e.sequence > after).slice(0, limit);
  }
  override async readStream(stream: string, fromVersion = 1, limit = Infinity): Promise<StoredEvent[]> {
    return this.events.filter((e) => e.stream === stream && e.version >= fromVersion).slice(0, limit);
  }
  override async readStreams(
    starts: readonly StreamStart[],
    maxBytes: number,
  ): Promise<Map<string, StoredEvent[]>> {
    const streams = new Map<string, StoredEvent[]>();
    let bytes = 0;
    for (const { stream, version } of starts) {
      const events = await this.readStream(stream, version);
      bytes += events.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0);
      if (bytes >= maxBytes) break;
      streams.set(stream, events);
    }
    return streams;
  }
  override async openRuns(partition: number, afterRun = '', limit = 1_000): Promise<StoredRun[]> {
    return [...this.runs.values()]
      .filter((run) => run.partition === partition && !run.terminal && run.run > afterRun)
      .sort((a, b) => (a.run < b.run ? -1 : 1))
      .slice(0, limit);
  }
  override async run(run: string): Promise<StoredRun | undefined> {
    return this.runs.get(run);
  }
  override async runsById(runs: readonly string[]): Promise<StoredRun[]> {
    return runs.map((run) => this.runs.get(run)).filter((run) => run !== undefined);
  }
  override async processed(partition: number, keys: readonly string[]): Promise<Map<string, ProcessedInput>> {
    const found = keys
      .map((key) => this.inputs.get(`${partition} ${key}`))
      .filter((input) => input !== undefined);
    return new Map(found.map((input) => [input.key, input]));
  }
  override async dueTimers(partitions: readonly number[], limit: number): Promise<DueTimer[]> {
    return this.timersIn(partitions)
      .filter((timer) => Date.parse(timer.dueAt) <= this.clock().getTime())
      .slice(0, limit);
  }
  override async timersOf(partition: number, run: string): Promise<DueTimer[]> {
    return this.timersIn([partition]).filter((timer) => timer.run === run);
  }
  override async nextTimerIn(partitions: readonly number[]): Promise<number | undefined> {
    const [next] = this.timersIn(partitions);
    return next && Math.max(0, Date.parse(next.dueAt) - this.clock().getTime());
  }
  override async readPublic(partition: number, after: number, limit: number): Promise<PublicMessage[]> {
    return this.messages.filter((m) => m.partition === partition && m.position > after).slice(0, limit);
  }
  override async loadSnapshot(stream: string, codeVersion: string): Promise<Snapshot | undefined> {
    return this.snapshots.get(`${stream} ${codeVersion}`);
  }
  override async loadSnapshots(
    streams: readonly string[],
    codeVersion: string,
  ): Promise<Map<string, Snapshot>> {
    const found = streams.map((stream) => this.snapshots.get(`${stream} ${codeVersion}`));
    return new Map(found.filter((one) => one !== undefined).map((one) => [one.stream, one]));
  }
  override async saveSnapshot(snapshot: Snapshot): Promise<void> {
    const key = `${snapshot.stream} ${snapshot.codeVersion}`;
    if ((this.snapshots.get(key)?.version ?? -1) <= snapshot.version) this.snapshots.set(key, copy(snapshot));
  }
  override async checkpoints(name: string): Promise<Map<number, number>> {
    return new Map(this.sequences.get(name));
  }
  override async saveCheckpoint(name: string, partition: number, sequence: number): Promise<void> {
    const own = this.sequences.get(name) ?? new Map<number, number>();
    this.sequences.set(name, own.set(partition, Math.max(sequence, own.get(partition) ?? 0)));
  }
  override async resetCheckpoints(name: string): Promise<void> {
    this.sequences.delete(name);
  }
  override async now(): Promise<Date> {
    return this.clock();
  }

  attach(partition: number, given: Attachment): void {
    const attachment = copy(given);
    const at = this.clock().toISOString();
    switch (attachment.kind) {
      case 'idempotency':
        this.inputs.set(`${partition} ${attachment.key}`, {
          key: attachment.key,
          result: attachment.result,
          at,
        });
        return;
      case 'timer.set': {
        const { kind: _kind, ...timer } = attachment;
        this.timers.set(`${partition} ${timer.run} ${timer.key}`, { ...timer, partition });
        return;
      }
      case 'timer.clear':
        this.timers.delete(`${partition} ${attachment.run} ${attachment.key}`);
        return;
      case 'run.upsert': {
        const { kind: _kind, ...run } = attachment;
        this.runs.set(run.run, { ...run, partition, updatedAt: at });
        return;
      }
      case 'public': {
        const { kind: _kind, ...message } = attachment;
        this.messages.push({ ...message, partition, position: this.messages.length + 1 });
      }
    }
  }

  private timersIn(partitions: readonly number[]): DueTimer[] {
    return [...this.timers.values()]
      .filter((timer) => partitions.includes(timer.partition))
      .sort((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt));
  }
}
