import { resultConsumer, streams, subjects, TASK_COMMAND } from '@trimtab/contracts';
import type { TaskResultData } from '@trimtab/contracts';
import type { Envelope } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';

export const RUN = '01919d3c-7a51-7c3e-9d6f-3b1d2a4c5e6f';
let n = 0;

/** The orchestrator's side of the bus: sends one command and waits for its result. */
export class Asking {
  private readonly results = new Map<string, TaskResultData>();

  private constructor(private readonly bus: Messaging) {}

  static async on(bus: Messaging): Promise<Asking> {
    const side = new Asking(bus);
    const consumer = resultConsumer(0);
    await bus.provision({ streams, consumers: [consumer] });
    bus.consume({
      ...consumer,
      service: 'spec',
      onMessage: ({ envelope }) => {
        side.results.set(envelope.causationid ?? '', envelope.data as TaskResultData);
        return ack;
      },
    });
    return side;
  }

  /** Sends a command of `<area>.<action>`; returns its identity. */
  async send(type: string, input: unknown, more: Partial<Envelope> = {}): Promise<Envelope> {
    n += 1;
    const envelope: Envelope = {
      specversion: '1.0',
      id: `command-${n}`,
      source: '/spec',
      type: TASK_COMMAND,
      time: new Date().toISOString(),
      runid: RUN,
      taskid: `task-${n}`,
      attempt: 1,
      fencetoken: '1.0',
      data: { type, input, replyTo: subjects.result(0, RUN) },
      ...more,
    };
    const [area = '', action = ''] = type.split('.');
    await this.bus.publish(subjects.command(area, 'default', action), envelope);
    return envelope;
  }

  hasResultOf({ id }: Envelope): boolean {
    return this.results.has(id);
  }

  async resultOf({ id }: Envelope): Promise<TaskResultData> {
    return eventually(() => this.results.get(id), { timeoutMs: 180_000 });
  }

  async ask(type: string, input: unknown, more: Partial<Envelope> = {}): Promise<TaskResultData> {
    return this.resultOf(await this.send(type, input, more));
  }
}
