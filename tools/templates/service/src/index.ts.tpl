import { defineService } from '@trimtab/service';
import { config } from './config.js';
import { {{Name}}Module } from './{{name}}.module.js';
import { migrations } from './outbound/migrations.js';

export const service = defineService({ name: '{{name}}', config, module: {{Name}}Module.for, migrations });
