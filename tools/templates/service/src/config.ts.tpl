import { parseConfig, serviceConfig } from '@trimtab/service';
import type { ServiceConfig } from '@trimtab/service';
import { z } from 'zod';

export const schema = z.object(serviceConfig);

export const config = (): ServiceConfig => parseConfig(schema, process.env);
