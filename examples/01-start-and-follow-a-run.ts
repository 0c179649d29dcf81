/**
 * Starts a dry run and follows it to its end.
 *
 *   npm run demo                                              in one terminal
 *   node examples/run.mjs 01-start-and-follow-a-run           in another one
 *
 * Arguments: [gateway URL] [settings file, JSON]. Without settings the newest run is repeated as of now.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { TrimtabClient } from '@trimtab/client';
import type { Reply } from '@trimtab/client';
import { Settings } from '@trimtab/contracts';

/** Starts a dry run, calls `tell` at every change of a task, and returns the run when it has ended. */
export async function startAndFollow(
  client: TrimtabClient,
  settings: Settings,
  tell: (line: string) => void,
): Promise<Reply<'showRun'>> {
  const dryRun = { ...settings, execution: { ...settings.execution, mode: 'dry-run' as const } };
  const { runId } = await client.call('startRun', {
    body: {
      input: { settings: dryRun, scanOnly: false, asOf: new Date().toISOString() },
      // The same key again gives the same run: a lost answer is no reason to start a second one.
      idempotencyKey: randomUUID(),
    },
  });
  tell(`${runId} started`);
  const told = new Map<string, string>();
  for await (const run of client.follow('watchRun', { params: { runId } })) {
    for (const { taskId, state } of run.taskList) {
      if (told.get(taskId) === state) continue;
      told.set(taskId, state);
      tell(`${taskId} ${state}`);
    }
  }
  return client.call('showRun', { params: { runId } });
}

/** The settings of the newest run that this gateway knows. */
async function newestSettings(client: TrimtabClient): Promise<Settings> {
  const { items } = await client.call('listRuns', { query: { workflow: 'optimize', limit: 1 } });
  if (!items[0]) throw new Error('No run to repeat yet: start one, or name a file with settings.');
  const { input } = await client.call('showRun', { params: { runId: items[0].id } });
  return Settings.parse((input as { settings: unknown }).settings);
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  const [gateway = 'http://localhost:4600', file] = argv.slice(2);
  const client = new TrimtabClient(gateway);
  const settings = file
    ? Settings.parse(JSON.parse(readFileSync(file, 'utf8')))
    : await newestSettings(client);
  const run = await startAndFollow(client, settings, console.log);
  const { items } = await client.call('listRecommendations', { query: { runId: run.id, limit: 3 } });
  console.log(`${run.status} after ${run.durationMs} ms; the largest savings per month:`);
  for (const { checkId, resource, monthlySavingsNet: saving } of items)
    console.log(`  ${checkId} ${resource.id}: ${saving.amount} ${saving.currency}`);
}
