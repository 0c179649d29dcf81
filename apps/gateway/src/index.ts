import { defineService, patiently } from '@trimtab/service';
import { readConfig } from './config.js';
import { gatewayModule } from './gateway.module.js';
import { AnalyticsProjection } from './handlers/analytics-projection.js';
import { BulkRuns } from './handlers/bulk-runs.js';
import { EventsConsumer } from './inbound/events.consumer.js';
import { DeadLetters } from './outbound/dead-letters.js';
import { LiveProgress } from './outbound/live-progress.js';
import { migrations } from './outbound/migrations.js';

export const service = defineService({
  name: 'gateway',
  config: readConfig,
  module: gatewayModule,
  migrations,
  http: (config) => ({ port: config.GATEWAY_PORT, host: config.GATEWAY_HOST }),
  start: async (app, { log }) => {
    const letters = app.get(DeadLetters);
    const events = app.get(EventsConsumer);
    const analytics = app.get(AnalyticsProjection);
    const bulk = app.get(BulkRuns);
    await patiently(log, () => events.start());
    await patiently(log, () => bulk.start());
    letters.start();
    analytics.start();
    return async () => {
      app.get(LiveProgress).stop();
      await Promise.all([letters.stop(), events.stop(), analytics.stop(), bulk.stop()]);
    };
  },
});
