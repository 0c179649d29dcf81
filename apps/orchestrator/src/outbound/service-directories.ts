import type { OrchestrationSettings } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import type { Logger } from '@trimtab/observability';
import { JetStreamBacklogs } from './backlogs.js';
import type { Backlogs } from './backlogs.js';
import { ConsulServiceDirectory } from './service-directory.consul.js';
import type { ServiceDirectory } from './service-directory.js';
import { NatsServiceDirectory } from './service-directory.nats.js';

/** What the settings ask for: where services are found, and how much waits for them. */
export const openDirectories = (
  settings: OrchestrationSettings | undefined,
  messaging: Messaging,
  logger: Logger,
): { sources: ServiceDirectory[]; backlogs: Backlogs } => ({
  sources: settings ? sourcesOf(settings, messaging, logger) : [],
  backlogs: new JetStreamBacklogs(messaging),
});

function sourcesOf(
  { discovery }: OrchestrationSettings,
  messaging: Messaging,
  logger: Logger,
): ServiceDirectory[] {
  const nats = (): ServiceDirectory =>
    new NatsServiceDirectory(messaging, discovery.healthCheck.answerWithinMs);
  const consul = (): ServiceDirectory => new ConsulServiceDirectory(discovery.consul, logger);
  switch (discovery.type) {
    case 'nats':
      return [nats()];
    case 'consul':
      return [consul()];
    case 'both':
      return [nats(), consul()];
  }
}
