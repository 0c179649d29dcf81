import type { NatsConnection } from '@nats-io/nats-core';
import { inspectJson } from '../codec/json-guard.js';

/** Sends a small message that may be lost; never fails and is dropped while the broker is away. */
export function publishLive(nc: NatsConnection, subject: string, message: unknown): void {
  if (nc.isClosed() || nc.isDraining()) return;
  try {
    nc.publish(subject, JSON.stringify(message));
  } catch {
    // Live messages are a courtesy: one that is too large or badly addressed is nobody's failure.
  }
}

/** Hears live messages; anything that is not JSON is skipped, and nothing is heard on a closed connection. Returns how to stop. */
export function subscribeLive(
  nc: NatsConnection,
  subject: string,
  onMessage: (message: unknown, subject: string) => void,
): () => void {
  if (nc.isClosed() || nc.isDraining()) return () => undefined;
  const subscription = nc.subscribe(subject, {
    callback: (_error, msg) => {
      let message: unknown;
      try {
        const text = msg.string();
        if (inspectJson(text)) return;
        message = JSON.parse(text) as unknown;
      } catch {
        return;
      }
      onMessage(message, msg.subject);
    },
  });
  return () => subscription.unsubscribe();
}
