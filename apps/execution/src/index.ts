import { defineService } from '@trimtab/service';
import { config } from './config.js';
import { ExecutionModule } from './execution.module.js';
import { migrations } from './outbound/migrations.js';

export const service = defineService({ name: 'execution', config, module: ExecutionModule.for, migrations });
