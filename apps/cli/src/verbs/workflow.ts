import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { taskCatalogue } from '@trimtab/contracts';
import type { DefinitionProblem, WorkflowSummary } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { drawingOf, inspectWorkflow, parseWorkflow } from '@trimtab/workflow';
import type { DrawingFormat } from '@trimtab/workflow';
import type { Cli } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { when } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { registerWorkflowRun } from './workflow-run.js';

const FORMATS: readonly string[] = ['text', 'mermaid', 'dot'];

export function registerWorkflow(program: Command, bind: Bind): void {
  const workflow = program.command('workflow').description('Definitions of workflows');
  workflow
    .command('validate <file...>')
    .description('Check definitions: every problem with its file, line and column')
    .action(bind(validate as never));
  workflow
    .command('graph <file>')
    .description('Draw what needs what')
    .option('--format <format>', 'text, mermaid or dot', 'text')
    .action(bind(graph as never));
  registerWorkflowRun(workflow, bind);
  workflow
    .command('list')
    .description('Workflows that can be started, and task types that running services offer')
    .action(bind(list));
  workflow
    .command('show <name>')
    .description('One workflow with its definition')
    .option('--version <version>', 'another than the current version')
    .action(bind(show as never));
  workflow
    .command('register <file...>')
    .description('Make definitions known to the running stack')
    .action(bind(register as never));
  workflow
    .command('delete <name> <version>')
    .description('Forget a version that no stored run was started with')
    .action(bind(remove));
  workflow
    .command('announce <key>')
    .description('Say that what tasks wait for is there, for example data:bill-2026-10')
    .action(bind(announce));
}

interface Checked {
  readonly file: string;
  readonly ok: boolean;
  readonly problems: readonly DefinitionProblem[];
}

async function validate(cli: Cli, files: readonly string[]): Promise<number> {
  const checked = await Promise.all(files.map(check));
  answer(cli.terminal, checked, () => checked.flatMap(linesOf).join('\n'));
  return checked.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

async function check(file: string): Promise<Checked> {
  const { definition, problems } = inspectWorkflow(await textOf(file), taskCatalogue);
  return { file, ok: definition !== undefined, problems };
}

function linesOf({ file, ok, problems }: Checked): string[] {
  const lines = problems.map(({ line, column, code, message, severity }) => {
    const how = severity === 'warning' ? paint.yellow('warning') : paint.red('error');
    return `${file}:${line}:${column} ${how} ${message} ${paint.dim(code)}`;
  });
  return ok ? [...lines, `${file} ${paint.green('ok')}`] : lines;
}

async function graph(cli: Cli, file: string, { format }: { format: string }): Promise<void> {
  if (!FORMATS.includes(format))
    throw new AppError('cli.usage', `--format takes ${FORMATS.join(', ')}; got "${format}".`);
  const definition = parseWorkflow(await textOf(file));
  answer(cli.terminal, definition, () => drawingOf(definition, format as DrawingFormat));
}

/** Throws `cli.usage` when it cannot be read. */
export async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('cli.usage', `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  });
}

async function list(cli: Cli): Promise<void> {
  const client = cli.client();
  const [{ items: workflows }, { items: services }] = await Promise.all([
    client.call('listWorkflows', {}),
    client.call('listServices', {}),
  ]);
  const offered = [...new Set(services.flatMap(({ taskTypes }) => taskTypes))].sort();
  const taskTypes = offered.map((type) => ({
    type,
    services: [...new Set(services.filter((one) => one.taskTypes.includes(type)).map(({ name }) => name))],
  }));
  answer(cli.terminal, { workflows, taskTypes }, () =>
    [
      workflowTable(workflows),
      '',
      table(
        taskTypes,
        [
          { title: 'TASK TYPE', value: ({ type }) => type },
          { title: 'OFFERED BY', value: (one) => one.services.join(', ') },
        ],
        'No service answers.',
      ),
    ].join('\n'),
  );
}

const workflowTable = (workflows: readonly WorkflowSummary[]): string =>
  table(
    workflows,
    [
      { title: 'WORKFLOW', value: (one) => one.name },
      { title: 'VERSION', value: (one) => `${one.version}${one.current ? '' : paint.dim(' (older)')}` },
      { title: 'TASKS', value: (one) => String(one.tasks), align: 'right' },
      { title: 'SOURCE', value: (one) => one.source },
      { title: 'REGISTERED (UTC)', value: (one) => when(one.registeredAt) },
      { title: 'WHAT', value: (one) => one.description ?? '' },
    ],
    'No workflows.',
  );

async function show(cli: Cli, name: string, options: { version?: string }): Promise<void> {
  const found = await cli.client().call('showWorkflow', { params: { name }, query: { ...options } });
  answer(cli.terminal, found, () =>
    [
      workflowTable([found]),
      paint.dim(found.digest),
      '',
      drawingOf(found.definition as Parameters<typeof drawingOf>[0], 'text'),
    ].join('\n'),
  );
}

async function register(cli: Cli, files: readonly string[]): Promise<void> {
  const registered: WorkflowSummary[] = [];
  for (const file of files) {
    const { workflow, warnings } = await cli
      .client()
      .call('registerWorkflow', { body: { text: await textOf(file) } });
    for (const line of linesOf({ file, ok: false, problems: warnings })) cli.terminal.err(line);
    registered.push(workflow);
  }
  answer(cli.terminal, registered, () => workflowTable(registered));
}

async function remove(cli: Cli, name: string, version: string): Promise<void> {
  const gone = await cli.client().call('deleteWorkflow', { params: { name, version }, body: {} });
  answer(cli.terminal, gone, () => `${gone.name} ${gone.version} is forgotten`);
}

async function announce(cli: Cli, key: string): Promise<void> {
  const said = await cli.client().call('announceDependency', { params: { key }, body: {} });
  answer(cli.terminal, said, () => `${said.key} is announced: who waits for it goes on`);
}
