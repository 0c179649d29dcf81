import { randomUUID } from 'node:crypto';
import type { PeopleCommand, PeopleReply, PeopleRequest } from '@trimtab/contracts';

/** Who asks and why; a key makes a repetition find the first one's answer. */
export interface Because {
  readonly actor: string;
  readonly reason?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** The key that was given, else a new one: then every request counts. */
export const keyOf = ({ idempotencyKey }: Because): { idempotencyKey: string } => ({
  idempotencyKey: idempotencyKey ?? randomUUID(),
});

/** Carries people's commands to the orchestrator and brings back what it committed, or its refusal. */
export abstract class Orchestrator {
  abstract ask<C extends PeopleCommand>(command: C, request: PeopleRequest<C>): Promise<PeopleReply<C>>;

  /** Commands that change a run: the same shape for all. */
  abstract change(
    command: 'cancel-run' | 'pause-run' | 'resume-run' | 'terminate-run',
    runId: string,
    body: Because,
  ): Promise<{ runId: string; status: string }>;
}
