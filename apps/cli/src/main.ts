import { environment } from './config.js';
import { runCli } from './program.js';

// Whatever still waits for an answer (a run that is followed, say) has nothing left to wait for.
process.exit(await runCli(process.argv.slice(2), environment));
