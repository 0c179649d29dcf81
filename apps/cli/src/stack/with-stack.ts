import { StackSettings } from '@trimtab/contracts';
import type { ServiceName } from '@trimtab/contracts';
import { TrimtabClient } from '@trimtab/client';
import type { Cli } from '../context.js';
import { startStack } from './stack.js';
import { nearestStack } from './stack-file.js';

/** Uses the gateway that was named or runs here; when none does, starts the named services for this one piece of work. */
export async function withStack<T>(
  cli: Cli,
  services: readonly ServiceName[],
  work: (client: TrimtabClient) => Promise<T>,
): Promise<T> {
  if (cli.gatewayGiven || nearestStack(cli.dataDir)) return work(cli.client());
  const settings = StackSettings.parse({ gatewayPort: 0, logLevel: 'warn' });
  const stack = await startStack({ dataDir: cli.dataDir, settings, services, log: () => undefined });
  try {
    return await work(new TrimtabClient(stack.gatewayUrl));
  } finally {
    await stack.stop();
  }
}
