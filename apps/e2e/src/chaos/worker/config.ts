import { parseConfig, serviceConfig } from '@trimtab/service';
import { z } from 'zod';
import { environment } from '../../config.js';

const schema = z.object({ ...serviceConfig, PROVIDER_URL: z.url() });
export type ChaosWorkerConfig = z.infer<typeof schema>;

export const config = (): ChaosWorkerConfig => parseConfig(schema, environment);
