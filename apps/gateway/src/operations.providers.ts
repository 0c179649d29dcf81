import type { Provider } from '@nestjs/common';
import type { ServiceRuntime } from '@trimtab/service';
import { DataSource } from 'typeorm';
import type { GatewayConfig } from './config.js';
import { AnalyticsProjection } from './handlers/analytics-projection.js';
import { BulkRuns } from './handlers/bulk-runs.js';
import { AnalyticsRebuilding } from './outbound/analytics-rebuild.js';
import { AnalyticsViews } from './outbound/analytics-views.js';
import { BusBasicAnalytics } from './outbound/basic-analytics.bus.js';
import { BulkSelections } from './outbound/bulk-selections.js';
import { Orchestrator } from './outbound/orchestrator.js';

/** The composition root's part that operates the engine: statistics, changes of many runs. */
export function operationProviders(runtime: ServiceRuntime<GatewayConfig>): Provider[] {
  const { config, pool, clock, log, messaging } = runtime;
  const keptDays = config.TRIMTAB_ANALYTICS_DAYS;
  const maxLagMs = config.TRIMTAB_ANALYTICS_LAG_MS;
  return [
    {
      provide: AnalyticsProjection,
      inject: [Orchestrator],
      useFactory: (orchestrator: Orchestrator) =>
        new AnalyticsProjection({ pool, clock, log, orchestrator, maxLagMs, keptDays }),
    },
    { provide: AnalyticsViews, useValue: new AnalyticsViews(pool) },
    { provide: AnalyticsRebuilding, useValue: new AnalyticsRebuilding(pool, clock, keptDays) },
    {
      provide: BulkRuns,
      inject: [DataSource, Orchestrator],
      useFactory: (db: DataSource, orchestrator: Orchestrator) =>
        new BulkRuns(new BulkSelections(pool, db), orchestrator, clock, log),
    },
    { provide: BusBasicAnalytics, useValue: new BusBasicAnalytics(messaging) },
  ];
}
