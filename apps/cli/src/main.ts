import { environment } from './config.js';
import { EXIT } from './exit-codes.js';
import { flushed } from './output/terminal.js';
import { runCli } from './program.js';

// A reader that has enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

const code = await runCli(process.argv.slice(2), environment);
await flushed();
// Whatever still waits for an answer (a run that is followed, say) has nothing left to wait for.
process.exit(code);
