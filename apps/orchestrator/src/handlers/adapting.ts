import { publicEvent } from '@trimtab/contracts';
import type {
  AdaptiveTrigger,
  EventData,
  PublicEvent,
  ScalingSettings,
  TriggerAction,
} from '@trimtab/contracts';
import type { Logger } from '@trimtab/observability';
import { changesIn, dueChanges } from '../domain/routing/run-changes.js';
import type { RunChange } from '../domain/routing/run-changes.js';
import { scaleHints } from '../domain/routing/scale-hints.js';
import type { Hinted, ScaleHint } from '../domain/routing/scale-hints.js';
import { judge, measure, RESTING } from '../domain/routing/triggers.js';
import type { Measured, TriggerState } from '../domain/routing/triggers.js';
import { poolKey } from '../domain/routing/worker-pools.js';
import type { Announcements } from '../outbound/announcements.js';
import type { TriggerPhase, TriggerStates } from '../outbound/trigger-states.js';
import type { PartitionRuns } from './partition-runs.js';
import type { Routing } from './routing.js';

export interface AdaptingWorld {
  readonly routing: Routing;
  readonly announcements: Announcements;
  readonly triggerStates: TriggerStates;
  readonly logger: Logger;
  readonly triggers: readonly AdaptiveTrigger[];
  readonly scaling: ScalingSettings;
}

/** A change of a trigger's phase. */
interface Change {
  readonly on: boolean;
  readonly reason: string;
  readonly measured: Measured | undefined;
}

/** Why a trigger is on. */
interface Held {
  readonly reason: string;
  readonly sinceMs: number;
}

interface Unsaved {
  readonly phase: TriggerPhase;
  readonly said: readonly PublicEvent[];
}

/**
 * After every refresh: triggers that changed change how the engine works, and runs get or lose what triggers ask of them.
 * Every instance judges the same directory for its own runs; the owner of the first partition tells the world.
 */
export class Adapting {
  readonly held = new Map<string, Held>();
  private readonly states = new Map<string, TriggerState>();
  private readonly hinted = new Map<string, Hinted>();
  /** The newest change of each trigger that is not stored yet, with what is to be said of it. */
  private readonly unsaved = new Map<string, Unsaved>();
  private readonly startedAtMs: number;

  constructor(private readonly world: AdaptingWorld) {
    this.startedAtMs = world.routing.world.now();
  }

  /** Goes on where others left off: what was on is on, and what cooled down still does. */
  async recall(): Promise<void> {
    const { triggers, triggerStates } = this.world;
    const enabled = new Map(triggers.flatMap((one) => (one.enabled ? [[one.name, one]] : [])));
    if (enabled.size === 0) return;
    for (const phase of await triggerStates.all()) {
      const trigger = enabled.get(phase.name);
      if (!trigger) continue;
      const { name, on, changedAt } = phase;
      this.states.set(name, { on, changedAt, against: undefined });
      if (on) this.resume(trigger, phase);
    }
  }

  async look(partitions: readonly PartitionRuns[], leads: boolean): Promise<void> {
    const { routing, triggers } = this.world;
    const directory = routing.believed;
    if (!directory) return;
    for (const trigger of triggers) {
      if (!trigger.enabled) continue;
      const measured = measure(trigger, directory);
      const judged = judge(trigger, this.states.get(trigger.name) ?? RESTING, measured, directory.atMs);
      this.states.set(trigger.name, judged.state);
      if (judged.reason !== undefined) this.changed(trigger, judged.state.on, judged.reason, measured);
    }
    const hints = scaleHints(directory, this.world.scaling, this.hinted, directory.atMs);
    const said = hints.map((hint) => this.hint(hint));
    for (const runs of partitions) this.reconcile(runs);
    if (leads) await this.tell(said);
  }

  /** What a trigger that is on asks of the engine itself; what it asks of runs is in their histories. */
  private resume(trigger: AdaptiveTrigger, { name, reason, changedAt }: TriggerPhase): void {
    this.held.set(name, { reason, sinceMs: changedAt });
    for (const action of trigger.actions)
      if (action.do === 'prefer-pool') this.prefer(trigger, action, true, reason);
  }

  /** A change while nobody led is told by who leads next; one that another leader told is not told again. */
  private async tell(hints: readonly PublicEvent[]): Promise<void> {
    const unsaved = [...this.unsaved.values()];
    if (hints.length === 0 && unsaved.length === 0) return;
    await this.world.announcements.commit(async (tx, say) => {
      for (const { phase, said } of unsaved)
        if (await this.world.triggerStates.save(tx, phase)) said.forEach((one) => say(one));
      hints.forEach((one) => say(one));
    });
    for (const one of unsaved)
      if (this.unsaved.get(one.phase.name) === one) this.unsaved.delete(one.phase.name);
  }

  private changed(trigger: AdaptiveTrigger, on: boolean, reason: string, measured?: Measured): void {
    const { name } = trigger;
    const { changedAt } = this.states.get(name) ?? RESTING;
    this.world.logger.info(on ? 'a trigger is on' : 'a trigger is off again', { trigger: name, reason });
    if (on) this.held.set(name, { reason, sinceMs: changedAt });
    else this.held.delete(name);
    const said = trigger.actions.flatMap((action) => this.act(trigger, action, { on, reason, measured }));
    this.unsaved.set(name, { phase: { name, on, changedAt, reason }, said });
  }

  /** What concerns all runs happens here; what concerns single ones is in their histories. */
  private act(
    trigger: AdaptiveTrigger,
    action: TriggerAction,
    { on, reason, measured }: Change,
  ): PublicEvent[] {
    if (action.do === 'prefer-pool') return [this.prefer(trigger, action, on, reason)];
    const told = this.adapted(trigger, action, on, reason, measured?.pool);
    if (action.do !== 'scale-hint' || !on) return [told];
    return [told, ...this.more(trigger, action.add, reason, measured)];
  }

  private prefer(
    trigger: AdaptiveTrigger,
    action: TriggerAction & { do: 'prefer-pool' },
    on: boolean,
    reason: string,
  ): PublicEvent {
    const { preferences } = this.world.routing;
    const { name, service } = trigger;
    const why = on ? `${reason}: ${action.pool} is preferred` : reason;
    if (on) preferences.set(service, { trigger: name, pool: action.pool, reason: why });
    else if (preferences.get(service)?.trigger === name) preferences.delete(service);
    return this.adapted(trigger, action, on, why, action.pool);
  }

  private adapted(
    { name: policy, service }: AdaptiveTrigger,
    { do: action }: TriggerAction,
    on: boolean,
    reason: string,
    pool: string | undefined,
  ): PublicEvent {
    const data: EventData<'trimtab.policy.adapted.v1'> = {
      ...{ policy, phase: on ? 'entered' : 'left', action, service, pool: pool ?? null, reason },
      ...{ runId: null, tasks: [], at: this.at() },
    };
    return publicEvent('trimtab.policy.adapted.v1', `policy/${policy}`, data);
  }

  private more(
    { service }: AdaptiveTrigger,
    add: number,
    reason: string,
    measured?: Measured,
  ): PublicEvent[] {
    const pool = this.world.routing.believed?.pools.get(poolKey(service, measured?.pool ?? 'default'));
    if (!pool) return [];
    const { lag, load, workers } = pool;
    return [this.hint({ service, pool: pool.pool, lag, load, desiredWorkers: workers + add, reason })];
  }

  private hint(hint: ScaleHint): PublicEvent {
    const { service, pool, desiredWorkers } = hint;
    const atMs = this.world.routing.world.now();
    this.hinted.set(poolKey(service, pool), { desiredWorkers, atMs });
    const data = { ...hint, at: this.at() };
    return publicEvent('trimtab.service.scale-hint.v1', `service/${service}/${pool}`, data);
  }

  /** Runs that began while a trigger was on get what it asks for; those that outlived it lose it. */
  private reconcile(runs: PartitionRuns): void {
    const wanted = this.world.triggers.flatMap((trigger) => {
      const held = this.held.get(trigger.name);
      return held ? changesIn(trigger, held.reason) : [];
    });
    for (const run of runs.memory.all()) {
      if (run.state.status !== 'RUNNING') continue;
      for (const { one, on } of dueChanges(run, wanted))
        if (on || this.isOver(one.policy)) this.adapt(runs, run.runId, one, on);
    }
  }

  /** After a start nothing is taken back before its trigger had time to come on again. */
  private isOver(policy: string): boolean {
    const trigger = this.world.triggers.find(({ name }) => name === policy);
    if (!trigger || this.states.get(policy)?.changedAt !== RESTING.changedAt) return true;
    return this.world.routing.world.now() - this.startedAtMs > 2_000 * trigger.forSeconds;
  }

  private adapt(
    runs: PartitionRuns,
    runId: string,
    { policy, reason, change }: RunChange,
    on: boolean,
  ): void {
    const why = on ? reason : `${policy} is off again`;
    runs
      .give({ kind: 'input', runId, input: { kind: 'adapt', policy, reason: why, change, on } })
      .catch((error: unknown) => this.world.logger.debug('a run was not adapted', { runId, policy, error }));
  }

  private at(): string {
    return new Date(this.world.routing.world.now()).toISOString();
  }
}
