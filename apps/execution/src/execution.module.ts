import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AwsCloudProvider, CloudProvider } from '@trimtab/cloud';
import { Artifacts } from '@trimtab/event-store';
import type { ServiceRuntime } from '@trimtab/service';
import { Clock } from '@trimtab/kernel';
import type { ExecutionConfig } from './config.js';
import { ActionJournal } from './domain/action-journal.js';
import { Sites } from './domain/site.js';
import { Breadth } from './handlers/breadth.js';
import { ExecutePlanHandler } from './handlers/execute-plan.js';
import { Patience } from './handlers/patience.js';
import { PlanActionsHandler } from './handlers/plan-actions.js';
import { RollBackActionsHandler } from './handlers/roll-back-actions.js';
import { ExecutionConsumer } from './inbound/execution.consumer.js';
import { PostgresActionJournal } from './outbound/action-journal.postgres.js';
import { CloudSites } from './outbound/sites.cloud.js';

export class ExecutionModule {
  static for(runtime: ServiceRuntime<ExecutionConfig>): DynamicModule {
    const { EXECUTION_POLL_MS, EXECUTION_WAIT_MS, EXECUTION_SETTLE_MS } = runtime.config;
    const { EXECUTION_SITES, EXECUTION_PER_SITE } = runtime.config;
    return {
      module: ExecutionModule,
      imports: [CqrsModule.forRoot()],
      controllers: [ExecutionConsumer],
      providers: [
        PlanActionsHandler,
        ExecutePlanHandler,
        RollBackActionsHandler,
        { provide: Artifacts, useValue: runtime.artifacts },
        { provide: Clock, useValue: runtime.clock },
        {
          provide: Patience,
          useValue: new Patience(EXECUTION_POLL_MS, EXECUTION_WAIT_MS, EXECUTION_SETTLE_MS),
        },
        { provide: Breadth, useValue: new Breadth(EXECUTION_SITES, EXECUTION_PER_SITE) },
        { provide: ActionJournal, useFactory: () => new PostgresActionJournal(runtime.pool) },
        { provide: CloudProvider, useFactory: () => new AwsCloudProvider() },
        {
          provide: Sites,
          useFactory: (clouds: CloudProvider) => new CloudSites(clouds),
          inject: [CloudProvider],
        },
      ],
    };
  }
}
