import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { subjects } from '@trimtab/contracts';
import type { PeopleCommand, PeopleReply } from '@trimtab/contracts';
import { toErrorInfo } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import type { Fact } from '@trimtab/testing/audit';

export type Accepted = Extract<Fact, { kind: 'accepted' }> & { readonly at: number };

const ANSWER_MS = 5_000;
/** A broker on a machine that stands still for a while answers after that. */
const BROKER_MS = 60_000;

/** People who ask the orchestrator, patiently: the same command under the same key until there is an answer. */
export class People {
  /** Commands whose acceptance reached the person. */
  readonly accepted: Accepted[] = [];

  private constructor(readonly bus: Messaging) {}

  static async connect(url: string): Promise<People> {
    const patience = { firstConnectMs: BROKER_MS, apiTimeoutMs: BROKER_MS };
    return new People(await connectMessaging({ url, name: 'chaos-people', ...patience }));
  }

  /** Throws the refusal of the orchestrator, and what hinders it when `patienceMs` (2 min) are over. */
  async ask<C extends PeopleCommand>(
    command: C,
    request: object,
    patienceMs = 120_000,
  ): Promise<PeopleReply<C>> {
    const data = { actor: 'ada', idempotencyKey: randomUUID(), ...request };
    const deadline = performance.now() + patienceMs;
    for (;;) {
      try {
        const reply = await this.once(command, data);
        this.note(command, data, reply);
        return reply;
      } catch (error) {
        if (toErrorInfo(error).retry === 'never' || performance.now() > deadline) throw error;
        await sleep(100);
      }
    }
  }

  async close(): Promise<void> {
    await this.bus.close(1_000);
  }

  private once<C extends PeopleCommand>(command: C, data: object): Promise<PeopleReply<C>> {
    const envelope = {
      ...{ specversion: '1.0' as const, id: randomUUID(), source: '/chaos', data },
      ...{ type: `trimtab.people.${command}.v1`, time: new Date().toISOString() },
    };
    return this.bus.request<PeopleReply<C>>(subjects.people(command), envelope, ANSWER_MS);
  }

  private note(command: PeopleCommand, { actor }: { actor: string }, reply: unknown): void {
    const { runId } = reply as { runId?: string };
    if (runId !== undefined && command !== 'show-run')
      this.accepted.push({ kind: 'accepted', command, runId, by: actor, at: Date.now() });
  }
}
