#!/usr/bin/env node
/** `npx trimtab …` in a clone: sets up what is missing, then runs the command line. */
process.argv.splice(2, 0, 'trimtab');
await import('./run.mjs');
