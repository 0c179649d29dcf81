import { runService } from '@trimtab/service';
import { service } from './index.js';

await runService(service);
