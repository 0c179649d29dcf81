import { runService } from '@trimtab/service';
import { service } from './bench.service.js';

await runService(service);
