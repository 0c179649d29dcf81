import { commandConsumer } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import { poolKey } from '../domain/routing/worker-pools.js';

/** How much work waits for the workers of a pool. */
export abstract class Backlogs {
  /** Commands that no worker has yet, by `service/pool`; pools without a queue are left out. */
  abstract of(pools: readonly { service: string; pool: string }[]): Promise<Map<string, number>>;
}

export class JetStreamBacklogs extends Backlogs {
  constructor(private readonly messaging: Messaging) {
    super();
  }

  override async of(pools: readonly { service: string; pool: string }[]): Promise<Map<string, number>> {
    const jsm = await this.messaging.jsm();
    const found = await Promise.all(
      pools.map(async ({ service, pool }) => {
        const { stream, durable } = commandConsumer(service, pool);
        const info = await jsm.consumers.info(stream, durable).catch(() => undefined);
        return [poolKey(service, pool), info?.num_pending] as const;
      }),
    );
    return new Map(
      found.flatMap(([key, pending]) => (pending === undefined ? [] : [[key, pending] as const])),
    );
  }
}
