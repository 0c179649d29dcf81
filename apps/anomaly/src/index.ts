import { defineService } from '@trimtab/service';
import { AnomalyModule } from './anomaly.module.js';
import { config } from './config.js';
import { migrations } from './outbound/migrations.js';

export const service = defineService({ name: 'anomaly', config, module: AnomalyModule.for, migrations });
