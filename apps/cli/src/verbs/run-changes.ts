import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { BulkVerb } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { parse } from 'yaml';
import type { Cli } from '../context.js';
import { status } from '../output/format.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { bulk, withBulk } from './bulk.js';
import type { BulkOptions } from './bulk.js';

interface Why {
  readonly reason?: string;
}

/** What people do to runs; each is recorded with its actor and reason. */
export function registerRunChanges(runs: Command, bind: Bind): void {
  for (const verb of ['cancel', 'pause', 'resume', 'terminate'] as const) {
    const command = runs.command(`${verb} [run]`).description(descriptions[verb]);
    if (verb === 'cancel') command.option('--compensate', 'undo completed effects, the latest first');
    withReason(withBulk(command)).action(bind(change(verb) as never));
  }
  const retries = runs
    .command('retry [run]')
    .description('Try a task now (--task), or do a run that has ended again as a new one')
    .option('--task <task>', 'the task of an open run that waits for its next attempt')
    .option('--from <task>', 'keep the results of what came before this task')
    .option('--input <file>', 'another input than the old run had (YAML or JSON)');
  withReason(withBulk(retries)).action(bind(retry as never));
  withReason(runs.command('skip <run> <task>').description('Go on without a task')).action(
    bind(skip as never),
  );
  const signals = runs
    .command('signal <run> <name>')
    .description('Give a run a signal that a task waits for');
  withReason(signals.option('--payload <json>', 'what the waiting task gets')).action(bind(signal as never));
}

const descriptions = {
  cancel: 'Cancel a run: what is not finished is stopped, `always` tasks run',
  pause: 'Pause a run: nothing new starts',
  resume: 'Go on with a paused or suspended run',
  terminate: 'End a run at once: nothing is waited for or undone',
} as const;

const withReason = (command: Command): Command =>
  command.option('--reason <text>', 'why, for the audit trail');

const operations = {
  cancel: 'cancelRun',
  pause: 'pauseRun',
  resume: 'resumeRun',
  terminate: 'terminateRun',
} as const;

const change =
  (verb: keyof typeof operations) =>
  async (cli: Cli, runId: string | undefined, options: BulkOptions & { compensate?: boolean }) => {
    if (runId === undefined) return many(cli, verb, options);
    const { compensate, reason } = options;
    const body = { ...(compensate && { compensate }), ...(reason !== undefined && { reason }) };
    show(cli, await cli.client().call(operations[verb], { params: { runId }, body }));
    return undefined;
  };

/** A verb without a run is for many runs, which must be named by a filter or a token. */
async function many(cli: Cli, verb: BulkVerb, options: BulkOptions): Promise<number> {
  if (options.where !== undefined || options.token !== undefined) return bulk(cli, verb, options);
  throw new AppError(
    'cli.usage',
    `Name a run, or many with --where, for example: trimtab runs ${verb} --where status=RUNNING`,
  );
}

async function retry(
  cli: Cli,
  runId: string | undefined,
  { task, from, input, ...options }: BulkOptions & { task?: string; from?: string; input?: string },
): Promise<number | void> {
  if (runId === undefined) return many(cli, 'retry', options);
  const why = options.reason === undefined ? {} : { reason: options.reason };
  if (task !== undefined && (from !== undefined || input !== undefined)) {
    throw new AppError(
      'cli.usage',
      '--task retries within an open run; --from and --input are for one that has ended.',
    );
  }
  if (task !== undefined)
    return show(cli, await cli.client().call('retryTask', { params: { runId, taskId: task }, body: why }));
  const edited = input === undefined ? {} : { input: parsed(`--input ${input}`, await readGiven(input)) };
  const body = { ...(from && { from }), ...edited, ...why };
  const started = await cli.client().call('restartRun', { params: { runId }, body });
  answer(
    cli.terminal,
    started,
    () => `${started.runId} ${status(started.status)} does ${started.restartOf} again`,
  );
}

async function skip(cli: Cli, runId: string, taskId: string, why: Why): Promise<void> {
  show(cli, await cli.client().call('skipTask', { params: { runId, taskId }, body: { ...why } }));
}

async function signal(
  cli: Cli,
  runId: string,
  name: string,
  { payload, ...why }: Why & { payload?: string },
): Promise<void> {
  const body = { ...(payload === undefined ? {} : { payload: parsed('--payload', payload) }), ...why };
  show(cli, await cli.client().call('signalRun', { params: { runId, name }, body }));
}

/** JSON or YAML that was given. */
function parsed(flag: string, text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    const [why] = String((error as Error).message).split('\n');
    throw new AppError('cli.usage', `${flag} must be JSON or YAML: ${why}`, { cause: error });
  }
}

const readGiven = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('cli.usage', `The file ${file} cannot be read.`, { cause });
  });

const show = (cli: Cli, changed: { runId: string; status: string }): void =>
  answer(cli.terminal, changed, () => `${changed.runId} ${status(changed.status)}`);
