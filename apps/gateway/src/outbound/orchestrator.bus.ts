import { peopleCommands, subjects } from '@trimtab/contracts';
import type { PeopleCommand, PeopleReply, PeopleRequest } from '@trimtab/contracts';
import type { Clock } from '@trimtab/kernel';
import { newId } from '@trimtab/kernel';
import type { Messaging } from '@trimtab/messaging';
import { keyOf, Orchestrator } from './orchestrator.js';
import type { Because } from './orchestrator.js';

const ATTEMPTS = 3;

/** Request/reply on `trimtab.people.<command>`; a lost answer is asked again with the same idempotency key. */
export class BusOrchestrator extends Orchestrator {
  constructor(
    private readonly messaging: Messaging,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  override async ask<C extends PeopleCommand>(
    command: C,
    request: PeopleRequest<C>,
  ): Promise<PeopleReply<C>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const reply = await this.messaging.request(
          subjects.people(command),
          this.envelope(command, request),
          this.timeoutMs,
        );
        return peopleCommands[command].reply.parse(reply) as PeopleReply<C>;
      } catch (error) {
        if (attempt === ATTEMPTS || !lostAnswer(error)) throw error;
      }
    }
  }

  override change(
    command: 'cancel-run' | 'pause-run' | 'resume-run' | 'terminate-run',
    runId: string,
    body: Because,
  ): Promise<{ runId: string; status: string }> {
    return this.ask(command, { runId, ...body, ...keyOf(body) });
  }

  private envelope(command: string, data: unknown) {
    const runId = (data as { runId?: string }).runId;
    return {
      specversion: '1.0' as const,
      id: newId(this.clock),
      source: '/trimtab/gateway',
      type: `trimtab.people.${command}.v1`,
      time: this.clock.now().toISOString(),
      ...(runId === undefined ? {} : { runid: runId }),
      data,
    };
  }
}

const lostAnswer = (error: unknown): boolean => (error as { code?: string }).code === 'bus.timeout';
