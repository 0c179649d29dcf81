import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { ServiceRuntime } from '@trimtab/service';
import { {{Name}}History } from './domain/{{name}}-history.js';
import { {{Action}}Handler } from './handlers/{{action}}.js';
import { {{Name}}Consumer } from './inbound/{{name}}.consumer.js';
import { Postgres{{Name}}History } from './outbound/{{name}}-history.postgres.js';

export class {{Name}}Module {
  static for(runtime: ServiceRuntime): DynamicModule {
    return {
      module: {{Name}}Module,
      imports: [CqrsModule.forRoot()],
      controllers: [{{Name}}Consumer],
      providers: [
        {{Action}}Handler,
        { provide: {{Name}}History, useFactory: () => new Postgres{{Name}}History(runtime.pool) },
      ],
    };
  }
}
