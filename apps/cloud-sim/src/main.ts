import { readConfig } from './config.js';
import { run } from './run.js';

await run(readConfig());
