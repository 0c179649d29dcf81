import { defineService } from '@trimtab/service';
import { AnalysisModule } from './analysis.module.js';
import { config } from './config.js';
import { migrations } from './outbound/migrations.js';

export const service = defineService({ name: 'analysis', config, module: AnalysisModule.for, migrations });
