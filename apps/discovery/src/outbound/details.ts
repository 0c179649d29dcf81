import type { Resource } from '@trimtab/contracts';
import { wholePeriods } from '@trimtab/cloud';
import type { ChangeTrail, MetricQuery, Metrics } from '@trimtab/cloud';
import { lastChange } from '../domain/changes.js';
import { wantedMetrics } from '../domain/metric-plan.js';
import type { MemoryDimensions, WantedMetric } from '../domain/metric-plan.js';
import { seriesOf } from '../domain/series.js';

/** CloudTrail keeps its event history this long. */
const HISTORY_DAYS = 90;

/** Adds to listed resources what other APIs know of them: metrics, and since when they are unused. */
export class Details {
  private memory: Promise<MemoryDimensions> | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly changes: ChangeTrail,
    private readonly lookbackDays: number,
    /** Epoch milliseconds. */
    private readonly asOf: number,
  ) {}

  /** The same resources with their metric series. */
  async withMetrics(resources: readonly Resource[]): Promise<Resource[]> {
    const memory = resources.some(({ type }) => type === 'ec2:instance')
      ? await this.memoryDimensions()
      : new Map();
    const wanted = resources.map((resource) => wantedMetrics(resource, this.lookbackDays, memory));
    const points = await this.metrics.series(wanted.flat().map((one) => this.query(one)));
    let next = 0;
    return resources.map((resource, i) => {
      const answered = (wanted[i] ?? []).flatMap((one) => {
        const found = points[next++];
        return found ? [{ wanted: one, points: found }] : [];
      });
      return { ...resource, metrics: seriesOf(answered) };
    });
  }

  /** The same resource with the time since when it lies idle, where it does and the account's history knows. */
  async withIdleSince(resource: Resource): Promise<Resource> {
    if (resource.type === 'ec2:volume' && resource.attributes.state === 'available') {
      const detachedAt = await this.lastChangeOf(resource.id, ['DetachVolume']);
      return { ...resource, attributes: { ...resource.attributes, detachedAt } };
    }
    if (resource.type === 'ec2:elastic-ip' && !resource.attributes.associationId) {
      const idleSince = await this.lastChangeOf(resource.id, ['AllocateAddress', 'DisassociateAddress']);
      return { ...resource, attributes: { ...resource.attributes, idleSince } };
    }
    return resource;
  }

  private async lastChangeOf(resourceId: string, names: readonly string[]): Promise<string | undefined> {
    const found = [];
    const since = new Date(this.asOf - HISTORY_DAYS * 86_400_000).toISOString();
    const until = new Date(this.asOf).toISOString();
    for await (const event of this.changes.lookup({ by: 'resource', value: resourceId, since, until })) {
      found.push(event);
    }
    return lastChange(found, names);
  }

  private query(wanted: WantedMetric): MetricQuery {
    const { namespace, metric, dimensions, stat, period, days } = wanted;
    // Five-minute readings that are gathered by the hour start and end with one.
    const grid = wholePeriods(
      this.asOf,
      days,
      wanted.reading === 'hourly-sum-and-peak-rate' ? 3_600 : period,
    );
    return { namespace, metric, dimensions, stat, period, ...grid };
  }

  private memoryDimensions(): Promise<MemoryDimensions> {
    this.memory ??= this.readMemoryDimensions();
    return this.memory;
  }

  private async readMemoryDimensions(): Promise<MemoryDimensions> {
    const found = new Map<string, Readonly<Record<string, string>>>();
    for await (const dimensions of this.metrics.dimensionsOf('CWAgent', 'mem_used_percent')) {
      if (dimensions.InstanceId) found.set(dimensions.InstanceId, dimensions);
    }
    return found;
  }
}
