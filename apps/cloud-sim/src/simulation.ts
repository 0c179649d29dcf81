import { createHash } from 'node:crypto';
import type { MetricSource } from './metric-source.js';
import { SideState } from './side-state.js';
import type { TrailEvent, World } from './world/world.js';

/** Who calls which operation, and where: what every handler gets beside its input. */
export interface Call {
  readonly simulation: Simulation;
  readonly service: string;
  readonly operation: string;
  readonly accountId: string;
  readonly region: string;
  readonly principal: Principal;
  readonly requestId: string;
}

export interface Principal {
  readonly arn: string;
  readonly userId: string;
  readonly name: string;
  readonly accessKeyId: string;
}

/** One state change made through the API. */
export interface AuditEntry {
  readonly time: string;
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly principal: string;
  readonly requestId: string;
  readonly resources: TrailEvent['resources'];
}

export interface SimulationOptions {
  readonly world: World;
  readonly metrics: MetricSource;
  /** How long a transition such as `stopping` stays visible, in milliseconds. */
  readonly transitionMs: number;
}

/** The running company: its world, its clock, its pending transitions and the record of who changed what. */
export class Simulation {
  readonly world: World;
  readonly metrics: MetricSource;
  readonly side = new SideState();
  readonly audit: AuditEntry[] = [];
  readonly #transitionMs: number;
  readonly #startedAt = performance.now();
  readonly #pending = new Map<NodeJS.Timeout, () => void>();
  #issued = 0;

  constructor(options: SimulationOptions) {
    this.world = options.world;
    this.metrics = options.metrics;
    this.#transitionMs = options.transitionMs;
  }

  /** Simulated time: the moment the world was made for, plus the time since the start. */
  now(): number {
    return Math.floor(this.world.now + performance.now() - this.#startedAt);
  }

  /** Does `work` after `steps` transition times; a closed simulation does nothing more. */
  later(work: () => void, steps = 1): void {
    const timer = setTimeout(() => this.#end(timer), this.#transitionMs * steps);
    timer.unref();
    this.#pending.set(timer, work);
  }

  /** Ends all transitions that are under way, and those that they begin, now. */
  settle(): void {
    for (const timer of this.#pending.keys()) this.#end(timer);
  }

  /** Hexadecimal text that is unique here and the same for the same seed and order of calls. */
  hex(length: number): string {
    return createHash('sha256').update(`${this.world.seed}:${this.#issued++}`).digest('hex').slice(0, length);
  }

  newId(prefix: string): string {
    return `${prefix}-${this.hex(17)}`;
  }

  /** Writes a change into the CloudTrail history and the audit list. */
  record(call: Call, type: string, ...names: readonly string[]): void {
    const resources = names.map((name) => ({ type, name }));
    const { accountId, region, service, operation, requestId, principal } = call;
    const time = this.now();
    this.world.trail.push({
      accountId,
      region,
      eventId: uuid(this.hex(32)),
      eventName: operation,
      eventSource: `${service}.amazonaws.com`,
      eventTime: time,
      username: principal.name,
      resources,
    });
    this.audit.push({
      time: iso(time),
      accountId,
      region,
      service,
      operation,
      principal: principal.arn,
      requestId,
      resources,
    });
  }

  close(): void {
    for (const timer of this.#pending.keys()) clearTimeout(timer);
    this.#pending.clear();
  }

  #end(timer: NodeJS.Timeout): void {
    const work = this.#pending.get(timer);
    clearTimeout(timer);
    this.#pending.delete(timer);
    work?.();
  }
}

export const iso = (ms: number): string => new Date(ms).toISOString();

export function uuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
