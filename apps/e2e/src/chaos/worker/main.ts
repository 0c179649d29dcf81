import { runService } from '@trimtab/service';
import { service } from './worker.module.js';

await runService(service);
