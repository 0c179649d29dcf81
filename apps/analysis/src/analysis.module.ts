import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Artifacts } from '@trimtab/event-store';
import type { ServiceRuntime } from '@trimtab/service';
import { Catalogue } from './domain/catalogue.js';
import { RecommendationHistory } from './domain/recommendation-history.js';
import { RecommendSavingsHandler } from './handlers/recommend-savings.js';
import { AnalysisConsumer } from './inbound/analysis.consumer.js';
import { PluginCatalogue } from './outbound/catalogue.plugins.js';
import { PostgresRecommendationHistory } from './outbound/recommendation-history.postgres.js';

export class AnalysisModule {
  static for(runtime: ServiceRuntime): DynamicModule {
    return {
      module: AnalysisModule,
      imports: [CqrsModule.forRoot()],
      controllers: [AnalysisConsumer],
      providers: [
        RecommendSavingsHandler,
        { provide: Artifacts, useValue: runtime.artifacts },
        { provide: Catalogue, useFactory: () => new PluginCatalogue(runtime.plugins) },
        { provide: RecommendationHistory, useFactory: () => new PostgresRecommendationHistory(runtime.pool) },
      ],
    };
  }
}
