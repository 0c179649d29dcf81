import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Artifacts } from '@trimtab/event-store';
import type { ServiceRuntime } from '@trimtab/service';
import { AnomalyHistory } from './domain/anomaly-history.js';
import { Engines } from './domain/engines.js';
import { DetectAnomaliesHandler } from './handlers/detect-anomalies.js';
import { AnomalyConsumer } from './inbound/anomaly.consumer.js';
import { PluginEngines } from './outbound/engines.plugins.js';
import { PostgresAnomalyHistory } from './outbound/anomaly-history.postgres.js';

export class AnomalyModule {
  static for(runtime: ServiceRuntime): DynamicModule {
    return {
      module: AnomalyModule,
      imports: [CqrsModule.forRoot()],
      controllers: [AnomalyConsumer],
      providers: [
        DetectAnomaliesHandler,
        { provide: Artifacts, useValue: runtime.artifacts },
        { provide: Engines, useFactory: () => new PluginEngines(runtime.plugins) },
        { provide: AnomalyHistory, useFactory: () => new PostgresAnomalyHistory(runtime.pool) },
      ],
    };
  }
}
