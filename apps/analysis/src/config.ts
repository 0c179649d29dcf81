import { parseConfig, serviceConfig } from '@trimtab/service';
import type { ServiceConfig } from '@trimtab/service';
import { z } from 'zod';

export const config = (): ServiceConfig => parseConfig(z.object(serviceConfig), process.env);
