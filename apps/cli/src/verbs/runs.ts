import type { Command } from 'commander';
import type { EventView, RunDetail, RunFilter, RunView, TaskView } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { exitCodeOfRun } from '../exit-codes.js';
import { duration, status, when } from '../output/format.js';
import type { Column } from '../output/table.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { registerArchive } from './archive.js';
import { registerCleanup } from './cleanup.js';
import { failedCoverage, follow } from './follow.js';
import { registerVerify } from './verify.js';
import { registerRunChanges } from './run-changes.js';

type ListOptions = RunFilter & { readonly limit?: string };

const columns: readonly Column<RunView>[] = [
  { title: 'RUN', value: (run) => run.id },
  { title: 'WORKFLOW', value: (run) => run.workflow },
  { title: 'STATUS', value: (run) => status(run.status) },
  { title: 'STARTED (UTC)', value: (run) => when(run.startedAt) },
  { title: 'TIME', value: (run) => duration(run.durationMs), align: 'right' },
  { title: 'BY', value: (run) => run.actor },
];

export function registerRuns(program: Command, bind: Bind): void {
  const runs = program.command('runs').description('Runs of workflows');
  runs
    .command('list')
    .description('Runs, newest first')
    .option('--status <status>', 'only these, for example FAILED or RUNNING,PAUSED')
    .option('--workflow <name>', 'only these')
    .option('--label <name=value>', 'only with this label; several by comma')
    .option('--since <time>', 'started at or after, for example 2026-11-21 or 2026-11-21T10:00:00Z')
    .option('--until <time>', 'started before')
    .option('--text <text>', 'part of the id, workflow, actor, a label or the error')
    .option('--code <code>', 'runs that failed with this code, or a task of theirs did')
    .option('--limit <n>', 'how many, at most 1000', '20')
    .action(bind(list as never));
  runs.command('show <run>').description('One run with its tasks').action(bind(show));
  runs.command('watch <run>').description('Follow a run until it ends').action(bind(watch));
  runs.command('events <run>').description('The stored history of a run').action(bind(events));
  registerRunChanges(runs, bind);
  registerCleanup(runs, bind);
  registerVerify(runs, bind);
  registerArchive(runs, bind);
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const { items } = await cli.client().call('listRuns', { query: { ...options } });
  const { limit: _limit, ...filters } = options;
  const none =
    Object.keys(filters).length > 0 ? 'No runs match.' : 'No runs yet: start one with `trimtab run`.';
  answer(cli.terminal, items, () => table(items, columns, none));
}

async function show(cli: Cli, runId: string): Promise<void> {
  const run = await cli.client().call('showRun', { params: { runId } });
  answer(cli.terminal, run, () => detailText(run));
}

function detailText(run: RunDetail): string {
  const labels = Object.entries(run.labels).map(([name, value]) => `${name}=${value}`);
  return [
    table([run], columns, ''),
    ...(labels.length === 0 ? [] : [paint.dim(labels.join(', '))]),
    ...(run.error === null
      ? []
      : [`${paint.red('error')} ${paint.dim(run.error.code)}: ${run.error.message}`]),
    '',
    table(
      run.taskList,
      [
        { title: 'TASK', value: (task) => task.taskId },
        { title: 'USES', value: (task) => task.uses },
        { title: 'STATE', value: (task) => status(task.state) },
        { title: 'ATTEMPT', value: (task) => String(task.attempt), align: 'right' },
        { title: 'TIME', value: timeOf, align: 'right' },
        { title: 'WHY', value: (task) => task.error?.message ?? task.reason ?? '' },
      ],
      'No tasks.',
    ),
  ].join('\n');
}

const timeOf = ({ startedAt, endedAt }: TaskView): string =>
  duration(startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : null);

async function watch(cli: Cli, runId: string): Promise<number> {
  const run = await follow(cli, cli.client(), runId);
  answer(cli.terminal, run, () => `${run.id} ${status(run.status)} in ${duration(run.durationMs)}`);
  return exitCodeOfRun(run.status, await failedCoverage(cli.client(), runId));
}

async function events(cli: Cli, runId: string): Promise<void> {
  const { items } = await cli.client().call('runEvents', { params: { runId } });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'TIME (UTC)', value: (event) => when(event.time) },
        { title: 'EVENT', value: (event) => event.type },
        { title: 'WHAT', value: whatOf },
      ],
      'No events.',
    ),
  );
}

/** What an event is about: a task with its error or reason, else the thing that it names. */
function whatOf({ data, subject }: EventView): string {
  const { taskId, reason, error } = (data ?? {}) as {
    taskId?: string;
    reason?: string;
    error?: { message?: string };
  };
  const about = taskId || (subject ?? '');
  const why = error?.message ?? (typeof reason === 'string' ? reason : undefined);
  return why === undefined ? about : `${about}: ${why}`;
}
