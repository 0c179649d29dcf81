import type { DynamicModule } from '@nestjs/common';
import type { ServiceRuntime } from '@trimtab/service';
import type { OrchestratorConfig } from './config.js';
import { Orchestrator } from './orchestrator.js';
import { loadOrchestration } from './outbound/orchestration-settings.js';
import { loadWorkflows } from './outbound/workflow-folder.js';

/** How the shell's connections become an instance; it works from `start` on. */
export abstract class OrchestratorStart {
  abstract start(): Promise<Orchestrator>;
}

export class OrchestratorModule {
  static for(runtime: ServiceRuntime<OrchestratorConfig>): DynamicModule {
    const { pool, messaging, artifacts, log: logger, instanceId, config } = runtime;
    const start = async (): Promise<Orchestrator> =>
      Orchestrator.start({
        pool,
        messaging,
        artifacts,
        logger,
        instanceId,
        leaseMs: config.TRIMTAB_LEASE_MS,
        workflows: await loadWorkflows(),
        workflowFolders: config.TRIMTAB_WORKFLOWS,
        limits: {
          tasks: config.TRIMTAB_LIMIT_TASKS,
          items: config.TRIMTAB_LIMIT_ITEMS,
          events: config.TRIMTAB_LIMIT_EVENTS,
          payloadBytes: config.TRIMTAB_LIMIT_PAYLOAD_BYTES,
        },
        retentionDays: config.TRIMTAB_RETENTION_DAYS,
        replicas: config.NATS_REPLICAS,
        tracesPerSecond: config.TRIMTAB_TRACES_PER_SECOND,
        orchestration: await loadOrchestration(config.ORCHESTRATION_CONFIG),
      });
    return {
      module: OrchestratorModule,
      providers: [{ provide: OrchestratorStart, useValue: { start } }],
      exports: [OrchestratorStart],
    };
  }
}
