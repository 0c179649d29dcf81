import type { Cli } from '../context.js';
import { toErrorInfo } from '@trimtab/kernel';
import { permissionFindings } from './permissions.js';
import type { Finding } from './finding.js';
import { attempt } from './finding.js';

/** Looks at everything that a run needs; a check that fails says what to do and never stops the others. */
export async function diagnose(cli: Cli): Promise<Finding[]> {
  const stack = [nodeVersion(), await services(cli)];
  try {
    const { config, file } = cli.config();
    const valid: Finding = { check: 'configuration', status: 'ok', detail: file ?? 'defaults and variables' };
    return [...stack, valid, ...(await permissionFindings(config))];
  } catch (error) {
    const fix = 'trimtab config init writes a commented file';
    return [...stack, { check: 'configuration', status: 'failed', detail: toErrorInfo(error).message, fix }];
  }
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  const found: Finding = { check: 'Node.js', status: good ? 'ok' : 'failed', detail: process.version };
  return good ? found : { ...found, fix: 'install Node.js 20.19 or later' };
}

/** The gateway answers only when its Postgres does, and lists services only over NATS. */
async function services(cli: Cli): Promise<Finding> {
  return attempt('gateway, NATS and Postgres', 'start the stack: trimtab up', async () => {
    const client = cli.client();
    await client.call('listRuns', { query: { limit: 1 } });
    const { items } = await client.call('listServices', {});
    return `${client.baseUrl}, ${items.length} services answer`;
  });
}
