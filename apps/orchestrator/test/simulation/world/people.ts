import { subjects } from '@trimtab/contracts';
import type { PeopleCommand } from '@trimtab/contracts';
import { toErrorInfo } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import type { RunEvent } from '@trimtab/workflow';
import { runIdFor } from '../../../src/handlers/new-run.js';
import type { SimProcess } from '../engine/sim-process.js';
import type { Journal } from '@trimtab/testing/audit';
import { ask } from './messaging.js';
import type { SimWire } from './messaging.js';
import type { SimStore } from './store.js';

const PATIENCE_MS = 16_000;
const LOOK_EVERY_MS = 3_000;
const TRIES = 40;

interface OpenApproval {
  readonly runId: string;
  readonly task: string;
  readonly digest: string;
  readonly attempt: number;
}

const keyOf = ({ runId, task, attempt }: OpenApproval): string => `${runId} ${task} ${attempt}`;

/** People at the door: they start, cancel, pause, resume and approve, and ask again when nobody answered. */
export class SimPeople {
  readonly started: string[] = [];
  private asked = 0;
  private readonly decided = new Set<string>();

  constructor(
    private readonly process: SimProcess,
    private readonly store: SimStore,
    private readonly wire: SimWire,
    private readonly journal: Journal,
  ) {}

  begin(workflows: readonly string[]): void {
    const { random } = this.process.machine;
    for (const workflow of workflows)
      this.process.enter(() => this.oneRun(workflow), random.integer(0, 8_000));
    this.process.enter(() => setInterval(() => this.lookAround(), LOOK_EVERY_MS));
  }

  private async oneRun(workflow: string): Promise<void> {
    const { random } = this.process.machine;
    const idempotencyKey = `start-${(this.asked += 1)}-${random.integer(0, 1e9)}`;
    const runId = runIdFor(idempotencyKey);
    this.started.push(runId);
    const start = { workflow, input: {}, labels: {}, idempotencyKey };
    void this.insist('start-run', runId, start);
    if (random.chance(0.2)) void this.insist('start-run', runId, start);
    if (random.chance(0.15))
      this.later(20_000, () => this.insist('cancel-run', runId, { runId, reason: 'enough' }));
    if (random.chance(0.25)) this.later(15_000, () => this.insist('pause-run', runId, { runId }));
    if (random.chance(0.25)) this.later(25_000, () => this.insist('resume-run', runId, { runId }));
  }

  private later(within: number, work: () => Promise<unknown>): void {
    this.process.enter(() => void work(), this.process.machine.random.integer(200, within));
  }

  /** Reads what everybody can see, decides what is open, and in the end lets everything go on. */
  private lookAround(): void {
    const { random, faults } = this.process.machine;
    const eager = faults.over ? 1 : 0.3;
    for (const approval of this.openApprovals()) if (random.chance(eager)) this.decide(approval);
    for (const { run, status } of this.store.log.runs.values()) {
      if ((status === 'PAUSED' || status === 'SUSPENDED') && random.chance(eager / 2))
        void this.insist('resume-run', run, { runId: run });
    }
  }

  private decide(approval: OpenApproval): void {
    const { runId, task, digest } = approval;
    const { random } = this.process.machine;
    const decision = random.chance(0.8) ? 'grant' : 'reject';
    this.decided.add(keyOf(approval));
    const request = { runId, taskId: task, decision, digest };
    void this.insist('decide-approval', runId, request);
    if (random.chance(0.2)) void this.insist('decide-approval', runId, { ...request, decision: 'grant' });
    if (random.chance(0.1))
      void this.insist('decide-approval', runId, { ...request, digest: 'another-plan' });
  }

  /** Requests that nobody has answered from here; a task that asks anew is a new request. */
  private openApprovals(): OpenApproval[] {
    const latest = new Map<string, OpenApproval | undefined>();
    for (const event of this.store.log.events) {
      const data = event.data as RunEvent;
      if (!('task' in data) || data.task === undefined) continue;
      const runId = event.stream.slice('run-'.length);
      const asks = data.type === 'TaskWaiting' && data.wait.for === 'approval';
      const { task } = data;
      latest.set(
        `${runId} ${task}`,
        asks ? { runId, task, digest: data.wait.digest, attempt: data.attempt } : undefined,
      );
    }
    return [...latest.values()].filter((one): one is OpenApproval => {
      const row = one && this.store.log.runs.get(one.runId);
      return one !== undefined && row?.terminal === false && !this.decided.has(keyOf(one));
    });
  }

  /** Asks until somebody answers, under the same idempotency key; a refusal is an answer. */
  private async insist(command: PeopleCommand, runId: string, request: object): Promise<void> {
    const actor = `person-${(this.asked += 1)}`;
    const idempotencyKey = `${command}-${this.asked}`;
    const data = { actor, idempotencyKey, ...request };
    for (let i = 0; i < TRIES; i += 1) {
      try {
        const subject = subjects.people(command);
        await ask(this.process, this.wire, subject, { data } as Envelope, PATIENCE_MS);
        return this.journal.add({ kind: 'accepted', command, runId, by: actor });
      } catch (error) {
        if (toErrorInfo(error).retry === 'never') return;
      }
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}
