import { defineService } from '@trimtab/service';
import { config } from './config.js';
import { migrations } from './outbound/migrations.js';
import { ReportingModule } from './reporting.module.js';

export const service = defineService({ name: 'reporting', config, module: ReportingModule.for, migrations });
