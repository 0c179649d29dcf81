import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AwsCloudProvider, CloudProvider } from '@trimtab/cloud';
import { Artifacts, PostgresOutbox } from '@trimtab/event-store';
import { Clock } from '@trimtab/kernel';
import type { ServiceRuntime } from '@trimtab/service';
import { FetchCostsHandler } from './handlers/fetch-costs.js';
import { FetchPricesHandler } from './handlers/fetch-prices.js';
import { ImportCostsHandler } from './handlers/import-costs.js';
import { ResolveScopesHandler } from './handlers/resolve-scopes.js';
import { ScanInventoryHandler } from './handlers/scan-inventory.js';
import { DiscoveryConsumer } from './inbound/discovery.consumer.js';
import { BillImports, PostgresBillImports } from './outbound/bill-imports.repository.js';
import { ImportedCosts, PostgresImportedCosts } from './outbound/imported-costs.js';

export class DiscoveryModule {
  static for(runtime: ServiceRuntime): DynamicModule {
    return {
      module: DiscoveryModule,
      imports: [CqrsModule.forRoot()],
      controllers: [DiscoveryConsumer],
      providers: [
        ResolveScopesHandler,
        ScanInventoryHandler,
        FetchPricesHandler,
        FetchCostsHandler,
        ImportCostsHandler,
        { provide: Clock, useValue: runtime.clock },
        { provide: Artifacts, useValue: runtime.artifacts },
        { provide: CloudProvider, useFactory: () => new AwsCloudProvider() },
        { provide: ImportedCosts, useFactory: () => new PostgresImportedCosts(runtime.pool) },
        {
          provide: BillImports,
          useFactory: () =>
            new PostgresBillImports(runtime.pool, new PostgresOutbox(runtime.pool, runtime.name)),
        },
      ],
    };
  }
}
