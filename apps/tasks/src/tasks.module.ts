import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Allowed } from '@trimtab/contracts';
import type { ServiceRuntime } from '@trimtab/service';
import { searchPath, variables } from './config.js';
import type { TasksConfig } from './config.js';
import { Programs } from './domain/program.js';
import { WebServers } from './domain/web.js';
import { RequestHttpHandler } from './handlers/request-http.js';
import { RunScriptHandler } from './handlers/run-script.js';
import { pluginConsumers } from './inbound/plugin-tasks.js';
import { TasksConsumer } from './inbound/tasks.consumer.js';
import { ChildProcessPrograms } from './outbound/programs.child-process.js';
import { FetchWebServers } from './outbound/web.fetch.js';

export class TasksModule {
  static for({ config, plugins }: ServiceRuntime<TasksConfig>): DynamicModule {
    const { TASKS_SCRIPTS: programs, TASKS_HOSTS: hosts, TASKS_ENV: names } = config;
    return {
      module: TasksModule,
      imports: [CqrsModule.forRoot()],
      controllers: [TasksConsumer, ...pluginConsumers(plugins)],
      providers: [
        RunScriptHandler,
        RequestHttpHandler,
        { provide: Allowed, useFactory: () => new Allowed(programs, hosts, variables(names)) },
        { provide: Programs, useFactory: () => new ChildProcessPrograms(searchPath()) },
        { provide: WebServers, useClass: FetchWebServers },
      ],
    };
  }
}
