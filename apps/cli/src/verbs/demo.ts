import { randomUUID } from 'node:crypto';
import { TrimtabClient } from '@trimtab/client';
import { runSettings } from '@trimtab/contracts';
import type { DemoResult, RunDetail, Settings } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { exitCodeOfRun } from '../exit-codes.js';
import { answer, paint } from '../output/terminal.js';
import { untilSignal } from '../stack/signals.js';
import { startSimulatedCloud } from '../stack/simulated-cloud.js';
import { startStack } from '../stack/stack.js';
import { demoDir } from '../stack/stack-file.js';
import { follow } from './follow.js';
import { highlights, runResult, summaryText } from './summary.js';

const NEXT = 'in another terminal: npx trimtab recommendations list, or any verb of docs/cli.md';

interface DemoOptions {
  readonly once?: boolean;
  readonly seed: string;
}

/** The whole product on a simulated company: servers, services, one dry run, the summary. */
export async function demo(cli: Cli, options: DemoOptions): Promise<number> {
  const stopped = untilSignal();
  const dataDir = demoDir(cli.dataDir);
  const say = (line: string): void => cli.terminal.err(paint.dim(line));
  say('starting the simulated company, NATS, Postgres and the services …');
  const cloud = await startSimulatedCloud({ dataDir, seed: options.seed });
  const stops = [cloud.stop];
  try {
    const { config } = cli.config([], cloud.defaults);
    const stack = await startStack({
      dataDir,
      settings: config.stack,
      env: cloud.env,
      defaults: cloud.defaults,
      log: say,
    });
    stops.unshift(stack.stop);
    const code = await Promise.race([
      present(cli, stack.gatewayUrl, runSettings(config)),
      stopped.then(() => 130),
    ]);
    if (options.once || code === 130) return code;
    cli.terminal.err(
      `  gateway   ${stack.gatewayUrl}/api/docs\n  next      ${NEXT}\n  ${paint.dim('Ctrl-C stops everything that was started')}`,
    );
    await stopped;
    return code;
  } finally {
    for (const stop of stops) await stop();
  }
}

async function present(cli: Cli, gatewayUrl: string, settings: Settings): Promise<number> {
  const client = new TrimtabClient(gatewayUrl);
  const run = await runOnce(cli, client, {
    ...settings,
    execution: { ...settings.execution, mode: 'dry-run' },
  });
  const result: DemoResult = await runResult(client, run);
  const shown = await highlights(client, run.id);
  answer(cli.terminal, result, () => summaryText(result, run, shown));
  return exitCodeOfRun(run.status, result.coverage.failed);
}

async function runOnce(cli: Cli, client: TrimtabClient, settings: Settings): Promise<RunDetail> {
  const started = await client.call('startRun', {
    body: {
      workflow: 'optimize',
      input: { settings, scanOnly: false, asOf: new Date().toISOString() },
      labels: { mode: 'dry-run', demo: 'true' },
      idempotencyKey: randomUUID(),
    },
  });
  return follow(cli, client, started.runId, { justStarted: true });
}
