import { setTimeout as sleep } from 'node:timers/promises';
import type { DiscoverySettings } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import { z } from 'zod';
import type { Sighting } from '../domain/routing/instance-tracking.js';
import { isName, ServiceDirectory, taskTypesIn } from './service-directory.js';

const Registered = z.object({
  ID: z.string(),
  Service: z.string(),
  Tags: z.array(z.string()).nullish(),
  Meta: z.record(z.string(), z.string()).nullish(),
});

/** `/v1/agent/services`: services of the local agent by id. */
const AgentServices = z.record(z.string(), Registered);

/** `/v1/health/service/<name>`: one entry per instance with its checks, those of its node and maintenance included. */
const ServiceHealth = z.array(
  z.object({
    Service: Registered,
    Checks: z.array(z.object({ CheckID: z.string(), Status: z.string() })).nullish(),
  }),
);

/** A service that is watched by blocking queries: each is answered when something changed, or after `wait`. */
interface Watch {
  /** `X-Consul-Index` of the answer before; 0 asks without waiting. */
  index: number;
  /** Queries in a row that failed. */
  failures: number;
  sightings: readonly Sighting[];
}

const ANSWER_MS = 5_000;
const PAUSE_MS = 1_000;
/** After so many failures what is known of a service is too old. */
const TRUSTED_FAILURES = 3;

/** Services that a Consul agent knows as healthy. They still take their tasks from the bus. */
export class ConsulServiceDirectory extends ServiceDirectory {
  readonly source = 'consul';
  private readonly watches = new Map<string, Watch>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly settings: DiscoverySettings['consul'],
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly answerMs = ANSWER_MS,
  ) {
    super();
  }

  override async look(): Promise<readonly Sighting[]> {
    const { data } = await this.get('/v1/agent/services', AgentServices, this.answerMs);
    const tagged = Object.values(data).filter(({ Tags }) => Tags?.includes(this.settings.tag));
    const names = new Set(tagged.map(({ Service }) => Service));
    await Promise.all([...names].filter((name) => !this.watches.has(name)).map((name) => this.watch(name)));
    for (const [name, { sightings }] of this.watches)
      if (!names.has(name) && sightings.length === 0) this.watches.delete(name);
    return [...this.watches.values()].flatMap(({ failures, sightings }) =>
      failures < TRUSTED_FAILURES ? sightings : [],
    );
  }

  override stop(): void {
    this.stopping.abort();
  }

  /** The first answer comes at once; changes are followed in the background. */
  private async watch(name: string): Promise<void> {
    const watch: Watch = { index: 0, failures: 0, sightings: [] };
    await this.ask(name, watch);
    this.watches.set(name, watch);
    void this.follow(name, watch);
  }

  private async follow(name: string, watch: Watch): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted && this.watches.get(name) === watch) {
      try {
        if (watch.index === 0) await sleep(PAUSE_MS, undefined, { signal });
        await this.ask(name, watch);
      } catch (error) {
        if (signal.aborted) return;
        Object.assign(watch, { index: 0, failures: watch.failures + 1 });
        this.logger.warn('consul does not tell how a service is', { service: name, error });
      }
    }
  }

  private async ask(name: string, watch: Watch): Promise<void> {
    const { waitSeconds } = this.settings;
    const query = watch.index === 0 ? '' : `&index=${watch.index}&wait=${waitSeconds}s`;
    const path = `/v1/health/service/${encodeURIComponent(name)}?passing=true${query}`;
    // Consul adds up to a sixteenth of the wait, so that not all clients come back at once.
    const patience = this.answerMs + (watch.index === 0 ? 0 : waitSeconds * 1_000 * (1 + 1 / 16));
    const { data, index } = await this.get(path, ServiceHealth, patience);
    watch.sightings = data.flatMap((entry) => sightingIn(entry));
    watch.failures = 0;
    // An index that went backwards belongs to another history: begin again, as Consul's documentation asks for.
    watch.index = index < watch.index ? 0 : index;
  }

  private async get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    patienceMs: number,
  ): Promise<{ data: z.output<Schema>; index: number }> {
    const { url, token } = this.settings;
    try {
      const response = await fetch(new URL(path, url), {
        headers: token === undefined ? {} : { 'x-consul-token': token },
        signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(patienceMs)]),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const index = Number(response.headers.get('x-consul-index'));
      return { data: schema.parse(await response.json()), index: index > 0 ? index : 0 };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('consul.unreachable', `Consul at ${url} does not answer ${path}: ${why}`, {
        retry: 'later',
        cause,
      });
    }
  }
}

/** An instance counts only when every check passes: maintenance is a check that is critical. */
function sightingIn({ Service, Checks }: z.infer<typeof ServiceHealth>[number]): Sighting[] {
  const { ID: instance, Tags } = Service;
  const said = { ...saidByTags(Tags ?? []), ...Service.Meta };
  const { service = Service.Service, pool = 'default' } = said;
  const taskTypes = taskTypesIn(said['taskTypes']);
  if (taskTypes.length === 0 || !isName(service) || !isName(pool)) return [];
  const ready = (Checks ?? []).every(({ Status }) => Status === 'passing');
  const concurrency = Number(said['concurrency']);
  return [
    {
      source: 'consul',
      service,
      instance,
      pool,
      taskTypes,
      ready,
      ...(concurrency > 0 ? { concurrency } : {}),
    },
  ];
}

/** Tags `name=value`. */
const saidByTags = (tags: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    tags.filter((tag) => tag.includes('=')).map((tag) => tag.split(/=(.*)/s, 2) as [string, string]),
  );
