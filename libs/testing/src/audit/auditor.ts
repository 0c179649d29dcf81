import type { StoredEvent } from '@trimtab/event-store';
import type { Fact, History, Noted } from './history.js';
import { EffectsCheck } from './effects-check.js';
import { MessagesCheck } from './messages-check.js';
import { Plan } from './plan.js';
import { RunModel } from './run-model.js';
import type { LoggedEvent } from './run-model.js';
import type { Complain, Violation } from './violation.js';

type Of<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

/** What a person's accepted command must have left in the log. */
const TRACES: Readonly<Record<string, readonly string[]>> = {
  'pause-run': ['RunPaused'],
  'resume-run': ['RunResumed'],
  'cancel-run': ['RunEnding'],
  'decide-approval': ['ApprovalGranted', 'ApprovalRejected'],
};

/** Judges a history from what was written down alone: nothing here is shared with the rules that it judges. */
export function audit(history: History): Violation[] {
  return new Audit(history).judge();
}

class Audit {
  private readonly violations: Violation[] = [];
  private readonly runs = new Map<string, RunModel>();
  private readonly plans = new Map<string, Plan>();
  private readonly versions = new Map<string, number>();
  private readonly sequences = new Map<number, number>();
  private readonly epochs = new Map<number, number>();
  private readonly effects = new EffectsCheck();
  private readonly messages = new MessagesCheck();
  private at = 0;

  constructor(private readonly history: History) {}

  judge(): Violation[] {
    for (const fact of this.history.facts) this.take(fact);
    this.at = this.history.lasted;
    for (const run of this.runs.values()) this.endOf(run);
    this.messages.atTheEnd(this.history.pending, this.complain);
    return this.violations;
  }

  private readonly complain: Complain = (invariant, text) =>
    void this.violations.push({ invariant, at: this.at, text });

  // One line per kind of fact.
  // eslint-disable-next-line complexity
  private take(fact: Noted): void {
    this.at = fact.at;
    switch (fact.kind) {
      case 'lease':
        return void this.epochs.set(fact.partition, fact.epoch);
      case 'commit':
        return this.commit(fact);
      case 'claim':
        return this.effects.claim(fact);
      case 'completed':
        return this.effects.completed(fact, this.complain);
      case 'effect':
        return this.effects.effect(fact, this.runs.get(fact.runId), this.complain);
      case 'published':
        return this.messages.published(fact);
      case 'acked':
        return this.acked(fact);
      case 'buried':
      case 'parted':
        return this.messages.gone(fact);
      case 'storeDeleted':
        return this.messages.storeDeleted();
      case 'accepted':
        return this.accepted(fact);
      case 'note':
        return undefined;
    }
  }

  private commit({ partition, epoch, instance, events }: Of<'commit'>): void {
    const newest = this.epochs.get(partition) ?? 0;
    if (epoch !== newest)
      this.complain('I7', `${instance} wrote under epoch ${epoch}, the newest is ${newest}`);
    for (const event of events) this.event(event);
  }

  private event({ stream, version, partition, sequence, data }: StoredEvent): void {
    const lastVersion = this.versions.get(stream) ?? 0;
    const lastSequence = this.sequences.get(partition) ?? 0;
    if (version !== lastVersion + 1)
      this.complain('I3', `${stream}: version ${version} follows version ${lastVersion}`);
    if (sequence !== lastSequence + 1)
      this.complain('I3', `partition ${partition}: sequence ${sequence} follows sequence ${lastSequence}`);
    this.versions.set(stream, Math.max(version, lastVersion));
    this.sequences.set(partition, Math.max(sequence, lastSequence));
    if (!stream.startsWith('run-')) return;
    const logged = data as LoggedEvent & { workflow?: { name: string } };
    const runId = stream.replace('run-', '');
    const run = this.runs.get(runId) ?? new RunModel(runId, this.planOf(logged.workflow?.name));
    this.runs.set(runId, run);
    run.apply(logged, (invariant, text) => this.complain(invariant, `run ${runId}: ${text}`));
  }

  private planOf(name = ''): Plan {
    const workflow = this.history.workflows.get(name);
    if (!workflow) throw new Error(`the history names an unknown workflow "${name}"`);
    const plan = this.plans.get(name) ?? new Plan(workflow);
    this.plans.set(name, plan);
    return plan;
  }

  private acked(fact: Of<'acked'>): void {
    const run = this.runs.get(fact.runId ?? '');
    if (fact.stream === 'RES') this.messages.resultAcked(fact, run, this.complain);
    else {
      const published = fact.computed === true && this.messages.hasAnswered(fact.id);
      this.messages.commandAcked(fact, published || this.effects.hasAnswered(fact.id), this.complain);
    }
  }

  private accepted({ command, runId, by }: Of<'accepted'>): void {
    const run = this.runs.get(runId);
    if (!run) return this.complain('I1', `${command} of ${runId} was accepted, the log knows no such run`);
    const traces = TRACES[command];
    if (traces && !traces.some((type) => run.actors.has(`${type} ${by}`)))
      this.complain('I1', `${command} of ${runId} by ${by} was accepted and left no trace`);
  }

  private endOf(run: RunModel): void {
    const { runId, status, plan } = run;
    if (!run.ended) this.complain('I4', `run ${runId} is ${status} and nothing will ever move it`);
    const listed = this.history.listed.get(runId);
    if (listed !== status) this.complain('I9', `run ${runId} is ${status} and listed as ${listed}`);
    if (status !== 'COMPENSATED') return;
    const left = run.completed.filter(
      (key) => plan.isUndone(key.split('[')[0] ?? key) && !key.endsWith('~undo'),
    );
    // A fan-out has no effect of its own: its elements have.
    const owed = left.filter((key) => !left.some((other) => other.startsWith(`${key}[`)));
    for (const key of owed)
      if (!run.compensated.includes(key))
        this.complain('I8', `run ${runId} counts as compensated, ${key} is not`);
  }
}
