import type { Messaging } from '@trimtab/messaging';
import { z } from 'zod';
import type { Sighting } from '../domain/routing/instance-tracking.js';
import { isName, ServiceDirectory, taskTypesIn } from './service-directory.js';

const count = z.number().nonnegative();

/** `$SRV.STATS` of the NATS services protocol, as far as it matters here. */
const Stats = z.object({
  name: z.string(),
  id: z.string().min(1),
  metadata: z.record(z.string(), z.string()).nullish(),
  endpoints: z.array(z.object({ num_requests: count, num_errors: count, processing_time: count })).nullish(),
});
type Stats = z.infer<typeof Stats>;

/** Running instances, asked through the NATS services API. */
export class NatsServiceDirectory extends ServiceDirectory {
  readonly source = 'nats';

  constructor(
    private readonly messaging: Messaging,
    private readonly answerWithinMs: number,
  ) {
    super();
  }

  override async look(): Promise<readonly Sighting[]> {
    const answers = await this.messaging.nc.requestMany('$SRV.STATS', '', {
      strategy: 'timer',
      maxWait: this.answerWithinMs,
    });
    const found: Sighting[] = [];
    for await (const answer of answers) {
      const sighting = sightingIn(answer.data);
      if (sighting) found.push(sighting);
    }
    return found;
  }
}

/** Anybody may answer on `$SRV`: what is no worker of tasks is passed over. */
function sightingIn(data: Uint8Array): Sighting | undefined {
  const parsed = Stats.safeParse(jsonOf(data));
  if (!parsed.success) return undefined;
  const { name, id, metadata } = parsed.data;
  const { pool = 'default', taskTypes: types, ready } = metadata ?? {};
  const taskTypes = taskTypesIn(types);
  if (taskTypes.length === 0 || !isName(name) || !isName(pool)) return undefined;
  return {
    source: 'nats',
    service: name,
    instance: id,
    pool,
    taskTypes,
    ready: ready !== 'false',
    ...counted(parsed.data),
  };
}

function counted({ metadata, endpoints }: Stats): Partial<Sighting> {
  const sum = (of: (one: NonNullable<Stats['endpoints']>[number]) => number): number =>
    (endpoints ?? []).reduce((total, one) => total + of(one), 0);
  return {
    concurrency: numberIn(metadata?.['concurrency']),
    inFlight: numberIn(metadata?.['inFlight']),
    counters: {
      requests: sum((one) => one.num_requests),
      errors: sum((one) => one.num_errors),
      processingMs: sum((one) => one.processing_time) / 1e6,
    },
  };
}

function numberIn(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) || value < 0 ? undefined : value;
}

function jsonOf(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data)) as unknown;
  } catch {
    return undefined;
  }
}
