import type { Msg } from '@nats-io/nats-core';
import type { ServiceView } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';

const WAIT_MS = 400;

interface ServiceStats {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly started?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly endpoints?: readonly {
    num_requests: number;
    num_errors: number;
    average_processing_time: number;
  }[];
}

/** Running instances, asked through the NATS services API (`$SRV.STATS`). */
export class BusServices {
  constructor(private readonly messaging: Messaging) {}

  async list(): Promise<ServiceView[]> {
    const answers = await this.messaging.nc.requestMany('$SRV.STATS', '', {
      strategy: 'timer',
      maxWait: WAIT_MS,
    });
    const found: ServiceView[] = [];
    for await (const answer of answers) {
      const stats = readStats(answer);
      if (stats) found.push(viewOf(stats));
    }
    return found.sort((a, b) => (a.name + a.instance < b.name + b.instance ? -1 : 1));
  }
}

/** Anybody may answer on `$SRV`: what is no JSON is passed over. */
function readStats(answer: Msg): ServiceStats | undefined {
  try {
    return answer.json<ServiceStats>();
  } catch {
    return undefined;
  }
}

function viewOf({ name, id, version, started, metadata, endpoints = [] }: ServiceStats): ServiceView {
  const requests = endpoints.reduce((sum, one) => sum + one.num_requests, 0);
  const nanoseconds = endpoints.reduce((sum, one) => sum + one.average_processing_time * one.num_requests, 0);
  return {
    name,
    instance: id,
    version,
    taskTypes: (metadata?.['taskTypes'] ?? metadata?.['task_types'] ?? '')
      .split(',')
      .filter((type) => type !== ''),
    pool: metadata?.['pool'] ?? 'default',
    startedAt: started ?? null,
    requests,
    errors: endpoints.reduce((sum, one) => sum + one.num_errors, 0),
    averageMs: requests === 0 ? 0 : nanoseconds / requests / 1e6,
    ...occupation(metadata),
  };
}

/** What an instance says of itself beyond what the protocol asks for. */
function occupation({
  ready,
  concurrency,
  inFlight,
}: Readonly<Record<string, string>> = {}): Partial<ServiceView> {
  return {
    ...(ready !== undefined && { ready: ready === 'true' }),
    ...(Number(concurrency) >= 0 && { concurrency: Number(concurrency) }),
    ...(Number(inFlight) >= 0 && { inFlight: Number(inFlight) }),
  };
}
