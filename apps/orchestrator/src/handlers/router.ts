import { subjects } from '@trimtab/contracts';
import { partitionOf } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import type { Messaging } from '@trimtab/messaging';
import type { PartitionRuns } from './partition-runs.js';
import { RunRouter } from './world.js';
import type { RunAnswer, RunRequest } from './world.js';

const ANSWER_TIMEOUT_MS = 15_000;

/** Subject of the owner of a partition. */
export const ownerSubject = (partition: number): string =>
  subjects.ask('orchestrator', `partition-${partition}`);

export function askPartition(runs: PartitionRuns, request: RunRequest): Promise<RunAnswer> {
  switch (request.kind) {
    case 'start':
      return runs.starting.start(request);
    case 'restart':
      return runs.starting.restart(request);
    case 'link':
      return runs.starting.link(request);
    case 'input':
      return runs.give(request);
  }
}

/** Here when this instance owns the partition of the run, else by request/reply to the instance that does. */
export class BusRunRouter extends RunRouter {
  constructor(
    private readonly messaging: Messaging,
    private readonly partitions: number,
    private readonly owned: (partition: number) => PartitionRuns | undefined,
    private readonly newId: () => string,
  ) {
    super();
  }

  override async ask(request: RunRequest): Promise<RunAnswer> {
    const partition = partitionOf(request.runId, this.partitions);
    const runs = this.owned(partition);
    if (runs) return askPartition(runs, request);
    return this.messaging.request<RunAnswer>(
      ownerSubject(partition),
      this.envelope(request),
      ANSWER_TIMEOUT_MS,
    );
  }

  private envelope(data: RunRequest): Envelope<RunRequest> {
    return {
      specversion: '1.0',
      id: this.newId(),
      source: '/trimtab/orchestrator',
      type: 'trimtab.orchestrator.ask.v1',
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data,
    };
  }
}
