import { defineService } from '@trimtab/service';
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
  start: async (app) => {
    const letters = app.get(DeadLetters);
    const events = app.get(EventsConsumer);
    const analytics = app.get(AnalyticsProjection);
    letters.start();
    const bulk = app.get(BulkRuns);
    analytics.start();
    await bulk.start();
    await events.start();
    return async () => {
      app.get(LiveProgress).stop();
      await Promise.all([letters.stop(), events.stop(), analytics.stop(), bulk.stop()]);
    };
  },
});
