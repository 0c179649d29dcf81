import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { RunDetail } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Json } from '@trimtab/kernel';
import { parseWorkflow, Workflow } from '@trimtab/workflow';
import type { Progress, RunResult } from '@trimtab/workflow';
import type { TrimtabClient } from '@trimtab/client';
import { parse } from 'yaml';
import type { Cli } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { duration, status } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { withStack } from '../stack/with-stack.js';
import { follow } from './follow.js';
import { localTasks } from './local-tasks.js';
import { stackSettings } from './stack.js';
import { textOf } from './workflow.js';

interface RunOptions {
  readonly input?: readonly string[];
  readonly inMemory?: boolean;
  readonly detach?: boolean;
  readonly version?: string;
}

export function registerWorkflowRun(workflow: Command, bind: Bind): void {
  workflow
    .command('run <file>')
    .description('Run a definition, or a workflow by its name, and wait for its end')
    .option(
      '--input <key=value>',
      'a field of the input, or all of it as @file (JSON or YAML); repeat for more',
      (value: string, all: string[] = []) => [...all, value],
    )
    .option(
      '--in-memory',
      'in this process, without servers: script.run and http.request only, as far as TASKS_SCRIPTS and TASKS_HOSTS (or stack.tasks) allow',
    )
    .option('--version <version>', 'of a workflow by its name: another than the current version')
    .option('--detach', 'start it and return')
    .addHelpText(
      'after',
      `
Exit codes: 0 completed, 1 failed or cancelled, 2 the definition, the input or a flag was refused,
3 completed although tasks failed, 130 interrupted`,
    )
    .action(bind(run as never));
}

async function run(cli: Cli, file: string, options: RunOptions): Promise<number> {
  const input = await inputOf(options.input ?? []);
  if (options.inMemory) return runInMemory(cli, file, input);
  const named = !existsSync(file) && /^[a-z][a-z0-9-]*$/.test(file);
  const services = ['orchestrator', 'tasks', 'gateway'] as const;
  return withStack(cli, services, (client) =>
    runOnStack(cli, client, named ? { name: file, version: options.version } : { file }, input, options),
  );
}

type Which = { readonly name: string; readonly version?: string | undefined } | { readonly file: string };

async function runOnStack(
  cli: Cli,
  client: TrimtabClient,
  which: Which,
  input: Json,
  { detach }: RunOptions,
): Promise<number> {
  const { name: workflow, version } = 'file' in which ? await registered(client, which.file) : which;
  const body = { workflow, ...(version && { version }), input, labels: {}, idempotencyKey: randomUUID() };
  const started = await client.call('startRun', { body });
  if (detach) {
    answer(cli.terminal, started, () => `${started.runId} ${status(started.status)}`);
    return EXIT.ok;
  }
  const finished = await follow(cli, client, started.runId, { justStarted: true });
  answer(cli.terminal, finished, () => summary(finished));
  return exitCode(
    finished.status,
    finished.taskList.some(({ state }) => state === 'FAILED'),
  );
}

async function registered(client: TrimtabClient, file: string): Promise<{ name: string; version: string }> {
  const text = await textOf(file);
  parseWorkflow(text);
  return (await client.call('registerWorkflow', { body: { text } })).workflow;
}

function summary(run: RunDetail): string {
  const tasks = run.taskList.map(({ taskId, uses, state, error, reason }) => ({
    id: taskId,
    uses,
    state,
    why: error?.message ?? reason ?? '',
  }));
  const outputs = run.outputs === null ? [] : ['', JSON.stringify(run.outputs, null, 2)];
  const head = `${run.workflow} ${status(run.status)} in ${duration(run.durationMs)} ${paint.dim(run.id)}`;
  return [head, '', taskTable(tasks), ...outputs].join('\n');
}

interface ShownTask {
  readonly id: string;
  readonly uses: string;
  readonly state: string;
  readonly why: string;
}

const taskTable = (tasks: readonly ShownTask[]): string =>
  table(
    tasks,
    [
      { title: 'TASK', value: ({ id }) => id },
      { title: 'USES', value: ({ uses }) => uses },
      { title: 'STATE', value: ({ state }) => status(state) },
      { title: 'WHY', value: ({ why }) => why },
    ],
    'No tasks.',
  );

async function runInMemory(cli: Cli, file: string, input: Json): Promise<number> {
  const definition = parseWorkflow(await textOf(file));
  const clock = { now: () => new Date() };
  const onProgress = (progress: Progress): void => tell(cli, progress);
  const result = await Workflow.run(definition, localTasks(stackSettings(cli).tasks), input, {
    clock,
    onProgress,
  });
  const { status: end, output, results, tasks, error } = result;
  answer(cli.terminal, { status: end, output, results, tasks, ...(error && { error }) }, () =>
    inMemorySummary(result, (id) => definition.tasks[id.split('[')[0] ?? '']?.uses ?? ''),
  );
  return exitCode(
    end,
    Object.values(tasks).some((task) => task.status === 'FAILED'),
  );
}

function inMemorySummary(
  { status: end, output, tasks, error }: RunResult,
  usesOf: (id: string) => string,
): string {
  const shown = Object.entries(tasks).map(([id, task]) => ({
    id,
    uses: usesOf(id),
    state: task.status,
    why: task.error?.message ?? task.reason ?? '',
  }));
  const outputs = output === null ? [] : ['', JSON.stringify(output, null, 2)];
  const head = `${status(end)}${error ? `: ${error.message}` : ''}`;
  return [head, '', taskTable(shown), ...outputs].join('\n');
}

function tell(cli: Cli, progress: Progress): void {
  if (progress.kind === 'progress')
    return cli.terminal.err(
      paint.dim(`${progress.task} ${Math.round(progress.share * 100)} % ${progress.message ?? ''}`),
    );
  const { event } = progress;
  if ('task' in event && event.task !== undefined) cli.terminal.err(paint.dim(`${event.task} ${event.type}`));
}

/** The one place that turns the end of a workflow into an exit code. */
function exitCode(end: string, tasksFailed: boolean): number {
  if (end !== 'COMPLETED') return EXIT.failed;
  return tasksFailed ? EXIT.partial : EXIT.ok;
}

/** `@file` is the whole input so far; `key=value` sets a field, whose value is read as YAML. Throws `cli.usage`. */
export async function inputOf(given: readonly string[]): Promise<Json> {
  let input: Json = {};
  for (const one of given) {
    const cut = one.indexOf('=');
    if (one.startsWith('@')) input = (parse(await textOf(one.slice(1))) ?? {}) as Json;
    else if (cut < 1) throw new AppError('cli.usage', `--input takes key=value or @file; got "${one}".`);
    else input = { ...(input as object), [one.slice(0, cut)]: parse(one.slice(cut + 1)) as Json };
  }
  return input;
}
