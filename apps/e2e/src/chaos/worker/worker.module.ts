import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { defineService } from '@trimtab/service';
import type { ServiceRuntime } from '@trimtab/service';
import type { ChaosWorkerConfig } from './config.js';
import { config } from './config.js';
import { contracts } from './contracts.js';
import { ProviderClient } from './provider-client.js';
import { WorkConsumer } from './work.consumer.js';

@Module({ controllers: [WorkConsumer] })
export class WorkerModule {
  static for(runtime: ServiceRuntime<ChaosWorkerConfig>): DynamicModule {
    const provider = new ProviderClient(runtime.config.PROVIDER_URL);
    return { module: WorkerModule, providers: [{ provide: ProviderClient, useValue: provider }] };
  }
}

export const service = defineService({ name: 'chaos', config, contracts, module: WorkerModule.for });
