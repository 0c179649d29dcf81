import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Artifacts } from '@trimtab/event-store';
import { Clock } from '@trimtab/kernel';
import type { ServiceRuntime } from '@trimtab/service';
import { DataSource } from 'typeorm';
import type { GatewayConfig } from './config.js';
import { EventProjection } from './handlers/event-projection.js';
import { RunWatch } from './handlers/run-watch.js';
import { AnalyticsController } from './inbound/analytics.controller.js';
import { AppErrorFilter } from './inbound/app-error.filter.js';
import { ApprovalsController } from './inbound/approvals.controller.js';
import { BulkController } from './inbound/bulk.controller.js';
import { DocsController } from './inbound/docs.controller.js';
import { EngineController } from './inbound/engine.controller.js';
import { EventsConsumer } from './inbound/events.consumer.js';
import { FindingsController } from './inbound/findings.controller.js';
import { OperationsController } from './inbound/operations.controller.js';
import { pluginControllers } from './inbound/plugin-routes.js';
import { ReportsController } from './inbound/reports.controller.js';
import { RunOperationsController } from './inbound/run-operations.controller.js';
import { RunsController } from './inbound/runs.controller.js';
import { SchedulesController } from './inbound/schedules.controller.js';
import { operationProviders } from './operations.providers.js';
import { BusBills } from './outbound/bills.bus.js';
import { DeadLetters } from './outbound/dead-letters.js';
import { EventStream } from './outbound/event-stream.js';
import { FindingViews } from './outbound/finding-views.typeorm.js';
import { LiveProgress } from './outbound/live-progress.js';
import { BusOrchestrator } from './outbound/orchestrator.bus.js';
import { Orchestrator } from './outbound/orchestrator.js';
import { entities } from './outbound/read-model.entities.js';
import { ReadModel } from './outbound/read-model.js';
import { RunViews } from './outbound/run-views.typeorm.js';
import { BusServices } from './outbound/services.bus.js';

class GatewayModule {}

const readModel = ({ DATABASE_URL: url }: GatewayConfig): DynamicModule =>
  TypeOrmModule.forRoot({
    type: 'postgres',
    url,
    schema: 'gateway',
    entities,
    synchronize: false,
    poolSize: 5,
    extra: { options: '-c search_path=gateway' },
  });

const controllers = [
  RunsController,
  RunOperationsController,
  ApprovalsController,
  FindingsController,
  ReportsController,
  OperationsController,
  EngineController,
  SchedulesController,
  AnalyticsController,
  BulkController,
  DocsController,
];

/** The composition root: each port beside its adapter. */
export function gatewayModule(runtime: ServiceRuntime<GatewayConfig>): DynamicModule {
  const { config, clock, messaging, pool, log } = runtime;
  return {
    module: GatewayModule,
    imports: [readModel(config)],
    controllers: [...controllers, ...pluginControllers(runtime.plugins, log)],
    providers: [
      EventProjection,
      RunWatch,
      { provide: APP_FILTER, useValue: new AppErrorFilter(log) },
      { provide: ReadModel, useValue: new ReadModel(pool) },
      {
        provide: EventsConsumer,
        inject: [EventProjection],
        useFactory: (projection: EventProjection) =>
          new EventsConsumer(messaging, projection, config.NATS_REPLICAS),
      },
      { provide: RunViews, inject: [DataSource], useFactory: (db: DataSource) => new RunViews(db, clock) },
      { provide: FindingViews, inject: [DataSource], useFactory: (db: DataSource) => new FindingViews(db) },
      {
        provide: DeadLetters,
        inject: [DataSource],
        useFactory: (db: DataSource) => new DeadLetters(db, messaging, log),
      },
      {
        provide: Orchestrator,
        useValue: new BusOrchestrator(messaging, clock, config.GATEWAY_COMMAND_TIMEOUT_MS),
      },
      ...operationProviders(runtime),
      { provide: LiveProgress, useValue: new LiveProgress(messaging) },
      { provide: EventStream, useValue: new EventStream(messaging) },
      { provide: BusServices, useValue: new BusServices(messaging) },
      { provide: BusBills, useValue: new BusBills(messaging, clock) },
      { provide: Clock, useValue: clock },
      { provide: Artifacts, useValue: runtime.artifacts },
    ],
  };
}
