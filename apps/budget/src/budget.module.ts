import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Artifacts } from '@trimtab/event-store';
import type { ServiceRuntime } from '@trimtab/service';
import { BudgetLedger } from './domain/budget-ledger.js';
import { ForecastEngines } from './domain/forecast-engines.js';
import { EvaluateBudgetsHandler } from './handlers/evaluate-budgets.js';
import { BudgetConsumer } from './inbound/budget.consumer.js';
import { PluginForecastEngines } from './outbound/forecast-engines.plugins.js';
import { PostgresBudgetLedger } from './outbound/budget-ledger.postgres.js';

export class BudgetModule {
  static for(runtime: ServiceRuntime): DynamicModule {
    return {
      module: BudgetModule,
      imports: [CqrsModule.forRoot()],
      controllers: [BudgetConsumer],
      providers: [
        EvaluateBudgetsHandler,
        { provide: Artifacts, useValue: runtime.artifacts },
        { provide: ForecastEngines, useFactory: () => new PluginForecastEngines(runtime.plugins) },
        { provide: BudgetLedger, useFactory: () => new PostgresBudgetLedger(runtime.pool) },
      ],
    };
  }
}
