import { defineService } from '@trimtab/service';
import { BudgetModule } from './budget.module.js';
import { config } from './config.js';
import { migrations } from './outbound/migrations.js';

export const service = defineService({ name: 'budget', config, module: BudgetModule.for, migrations });
