import { randomUUID } from 'node:crypto';
import { eventContracts, publicEvent, subjects } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import type { Envelope } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { z } from 'zod';

const SOURCE = '/trimtab/stack';
const ASK_MS = 5_000;
const AGAIN_MS = 2_000;

const hint = eventContracts['trimtab.service.scale-hint.v1'];
export type ScaleHint = z.infer<typeof hint>;

export interface NodeTrouble {
  readonly name: string;
  readonly over: boolean;
  readonly message: string;
  readonly failures: number;
}

/** What the stack says and hears on the bus; connected when it first has to. */
export class StackBus {
  private connection: Promise<Messaging> | undefined;
  private readonly untold = new Map<string, NodeTrouble>();
  /** Of these it is known that their trouble waits: nobody reads that every two seconds. */
  private readonly said = new Set<string>();
  private telling = false;
  private closed = false;

  constructor(
    private readonly natsUrl: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Calls for every hint from now on. */
  async hints(onHint: (hint: ScaleHint) => void): Promise<void> {
    const { nc } = await this.messaging();
    nc.subscribe(subjects.event('trimtab.service.scale-hint.v1'), {
      callback: (_error, msg) => {
        const read = z.object({ data: hint }).safeParse(jsonOf(msg.string()));
        if (read.success) onHint(read.data.data);
      },
    });
    await nc.flush();
  }

  async publish(event: PublicEvent): Promise<void> {
    const messaging = await this.messaging();
    await messaging.publish(subjects.event(event.type), envelope(event.type, event.data, event.subject));
  }

  /** Raises or ends an incident; said again until the orchestrator has it, which may be what failed. */
  report(trouble: NodeTrouble): void {
    this.untold.set(trouble.name, trouble);
    if (!this.telling) void this.tell();
  }

  async close(): Promise<void> {
    this.closed = true;
    const messaging = await this.connection?.catch(() => undefined);
    await messaging?.close(1_000);
  }

  private async tell(): Promise<void> {
    this.telling = true;
    while (!this.closed && this.untold.size > 0) {
      for (const [name, trouble] of [...this.untold]) {
        const told = await this.raise(trouble).catch((error: unknown) => {
          if (!this.said.has(name))
            this.log(`the trouble of ${name} is not reported yet, and will be: ${(error as Error).message}`);
          this.said.add(name);
          return false;
        });
        if (told) this.said.delete(name);
        if (told && this.untold.get(name) === trouble) this.untold.delete(name);
      }
      if (this.untold.size > 0) await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
    this.telling = false;
  }

  private async raise({ name, over, message, failures }: NodeTrouble): Promise<boolean> {
    const data = {
      key: `node/${name}`,
      kind: 'node.failed',
      message,
      details: { process: name, failures },
      over,
      actor: 'supervisor',
      idempotencyKey: randomUUID(),
    };
    const messaging = await this.messaging();
    const asked = envelope('trimtab.people.report-incident.v1', data, `node/${name}`);
    await messaging.request(subjects.people('report-incident'), asked, ASK_MS);
    return true;
  }

  private messaging(): Promise<Messaging> {
    this.connection ??= connectMessaging({ url: this.natsUrl, name: 'trimtab-stack' });
    this.connection.catch(() => (this.connection = undefined));
    return this.connection;
  }
}

/** How many workers a service has now, and why. */
export const scaledEvent = (service: string, from: number, to: number, reason: string): PublicEvent =>
  publicEvent('trimtab.service.scaled.v1', `service/${service}`, {
    service,
    pool: 'default',
    from,
    to,
    reason,
    at: new Date().toISOString(),
  });

const envelope = (type: string, data: unknown, subject: string): Envelope => ({
  specversion: '1.0',
  id: randomUUID(),
  source: SOURCE,
  type,
  subject,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data,
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
