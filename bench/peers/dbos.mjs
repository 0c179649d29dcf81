/** The seven steps on DBOS: `node dbos.mjs <postgres url>`. Its steps are functions of this process, each recorded in Postgres. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { add, serve } from './door.mjs';

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.argv[2], logLevel: 'error' });

const step = (name, ...values) => DBOS.runStep(async () => add(...values), { name });

const sevenSteps = DBOS.registerWorkflow(
  async (seed) => {
    const first = await step('first', seed);
    const sides = await Promise.all(['left', 'middle', 'right'].map((name) => step(name, first)));
    const join = await step('join', ...sides);
    return step('last', await step('sixth', join));
  },
  { name: 'seven-steps' },
);

await DBOS.launch();
serve(
  async ({ seed, key }) => {
    const handle = await DBOS.startWorkflow(sevenSteps, { workflowID: key })(seed);
    return handle.getResult();
  },
  () => DBOS.shutdown(),
);
