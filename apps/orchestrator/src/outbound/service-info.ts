import { errors } from '@nats-io/nats-core';
import type { Messaging } from '@trimtab/messaging';

/** What one running instance says of itself on `$SRV.INFO`. */
export interface ServiceInfo {
  readonly name: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const ANSWERS_WITHIN_MS = 400;

/** Everybody who answers; nobody when nobody is there. */
export async function servicesOn({ nc }: Pick<Messaging, 'nc'>): Promise<ServiceInfo[]> {
  const found: ServiceInfo[] = [];
  try {
    const answers = await nc.requestMany('$SRV.INFO', '', {
      strategy: 'timer',
      maxWait: ANSWERS_WITHIN_MS,
    });
    for await (const answer of answers) found.push(...infoIn(answer.string()));
  } catch (error) {
    if (!(error instanceof errors.NoRespondersError)) throw error;
  }
  return found;
}

/** Anybody may answer on `$SRV`: what is no JSON says nothing. */
function infoIn(text: string): ServiceInfo[] {
  try {
    const { name, metadata } = JSON.parse(text) as { name?: unknown; metadata?: ServiceInfo['metadata'] };
    return [{ name: String(name), metadata: metadata ?? {} }];
  } catch {
    return [];
  }
}
