import { subjects } from '@trimtab/contracts';
import type { LiveMessage } from '@trimtab/contracts';
import type { Publication } from '../../../src/domain/public-events.js';
import type { OutgoingCommand } from '../../../src/domain/task-messages.js';
import { CommandBatches } from '../../../src/outbound/command-batches.js';
import type { WorkerSays } from '../../../src/outbound/command-batches.js';
import type { GivenOut } from '../../../src/outbound/held-commands.js';
import { HeldCommands } from '../../../src/outbound/held-commands.js';
import { TaskBus } from '../../../src/outbound/task-bus.js';
import type { SimProcess } from '../engine/sim-process.js';
import type { SimBus } from './bus.js';
import type { SimMessaging } from './messaging.js';

export class SimHeldCommands extends HeldCommands {
  constructor(
    private readonly process: SimProcess,
    private readonly bus: SimBus,
  ) {
    super();
  }
  override newest(): Promise<number> {
    return this.process.call('newest', () => this.bus.newest);
  }
  override oldest(subject: string): Promise<number | undefined> {
    return this.process.call('oldest', () => this.bus.oldest(subject));
  }
  override givenOut(): Promise<GivenOut> {
    return this.process.call('givenOut', () => this.bus.givenOut());
  }
}

/** The way to the workers of one simulated process. */
export class SimTaskBus extends TaskBus {
  private readonly batches: CommandBatches;

  constructor(
    private readonly process: SimProcess,
    private readonly messaging: SimMessaging,
    private readonly bus: SimBus,
  ) {
    super();
    this.batches = new CommandBatches(messaging, () => process.machine.scheduler.now);
  }
  override send(command: OutgoingCommand, sendNumber: number): Promise<number> {
    return this.batches.send(command, sendNumber);
  }
  override heard(subject: string, answer: WorkerSays): void {
    this.batches.heard(subject, answer);
  }
  override computes(subject: string): boolean {
    return this.batches.computes(subject);
  }
  override holds(sequence: number): Promise<boolean> {
    return this.process.call('holds', () => this.bus.holds('CMD', sequence));
  }
  override cancel(message: LiveMessage & { kind: 'cancel' }): void {
    this.messaging.publishLive(subjects.live(message.runId), message);
  }
  override publish(publications: readonly Publication[]): Promise<unknown> {
    return Promise.all(
      publications.map(({ subject, envelope }) => this.messaging.publish(subject, envelope)),
    );
  }
  override streamsCreated(): Promise<Map<string, string>> {
    return this.process.call('streams', () => this.bus.streamsCreated());
  }
}
