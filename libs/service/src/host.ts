/** `node libs/service/dist/host.js discovery analysis …`: several services in one process, each a Nest app of its own. */
import type { ServiceDefinition } from './define-service.js';
import { runServices } from './host/run-service.js';

const names = process.argv.slice(2);
if (names.length === 0) {
  process.stderr.write('Name the services to run, for example: host.js discovery analysis\n');
  process.exit(2);
}

const definitions = await Promise.all(
  names.map(async (name) => {
    const app = (await import(`@trimtab/app-${name}`)) as { service?: ServiceDefinition };
    if (app.service) return app.service;
    throw new Error(`@trimtab/app-${name} exports no service.`);
  }),
);
await runServices(definitions);
