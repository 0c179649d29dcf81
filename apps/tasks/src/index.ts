import { defineService } from '@trimtab/service';
import { config } from './config.js';
import { TasksModule } from './tasks.module.js';

export const service = defineService({ name: 'tasks', config, module: TasksModule.for });
