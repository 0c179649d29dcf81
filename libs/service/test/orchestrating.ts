import { resultConsumer, streams, subjects } from '@trimtab/contracts';
import type { TaskResultData } from '@trimtab/contracts';
import type { Envelope } from '@trimtab/kernel';
import { ack, connectMessaging } from '@trimtab/messaging';
import type { Delivery, Messaging, Settlement } from '@trimtab/messaging';
import { anEnvelope, eventually } from '@trimtab/messaging/testing';

export const runId = '01919d3c-7a51-7c3e-9d6f-3b1d2a4c5e6f';
const traceId = runId.replaceAll('-', '');
let n = 0;

/** A machine that stands still for a while is no failure of the broker. */
export const connectPatiently = (url: string): Promise<Messaging> =>
  connectMessaging({ url, name: 'spec', firstConnectMs: 60_000, apiTimeoutMs: 60_000 });

/** A command as the orchestrator would send it. */
export const command = (input: unknown, more: Partial<Envelope> = {}): Envelope => {
  n += 1;
  return anEnvelope({
    id: `cmd-${n}`,
    type: 'trimtab.task.command.v1',
    runid: runId,
    taskid: `task-${n}`,
    attempt: 1,
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    data: { type: 'sample.work', input, replyTo: subjects.result(0, runId) },
    ...more,
  });
};

/** The orchestrator's side of the bus: sends commands and collects their results. */
export class Orchestrating {
  private readonly results: Envelope<TaskResultData>[] = [];

  private constructor(private readonly bus: Messaging) {}

  static async on(bus: Messaging): Promise<Orchestrating> {
    const side = new Orchestrating(bus);
    const consumer = resultConsumer(0);
    await bus.provision({ streams, consumers: [consumer] });
    const { stream, durable } = consumer;
    const onMessage = ({ envelope }: Delivery): Settlement => {
      side.results.push(envelope as Envelope<TaskResultData>);
      return ack;
    };
    bus.consume({ stream, durable, service: 'spec', onMessage });
    return side;
  }

  send(envelope: Envelope, sendNumber = 1): Promise<unknown> {
    return this.bus.publish('trimtab.cmd.sample.default.work', envelope, { sendNumber });
  }

  resultsOf(envelope: Envelope): Envelope<TaskResultData>[] {
    return this.results.filter((one) => one.causationid === envelope.id);
  }

  async resultOf(envelope: Envelope): Promise<Envelope<TaskResultData>> {
    await eventually(() => this.resultsOf(envelope).length > 0);
    return this.resultsOf(envelope)[0]!;
  }
}
