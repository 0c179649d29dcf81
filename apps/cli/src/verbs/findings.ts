import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { ActionResult, ActionView, BudgetView, RecommendationView, RunDetail } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { exitCodeOfRun } from '../exit-codes.js';
import { causeOf, money, percent, period, status } from '../output/format.js';
import type { Column } from '../output/table.js';
import { table } from '../output/table.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { follow } from './follow.js';

type Filters = Record<string, string>;

export function registerFindings(program: Command, bind: Bind): void {
  const withRun = (command: Command): Command =>
    command.option('--run <id>', 'of this run (default: the newest)');
  withRun(program.command('recommendations').description('What to remove or change').command('list'))
    .description('Recommendations, largest net saving first')
    .option('--check <id>', 'one check, for example EBS-02')
    .option('--account <id>')
    .option('--region <name>')
    .option('--limit <n>', 'how many', '50')
    .action(bind(recommendations as never));
  withRun(program.command('anomalies').description('Unexpected cost').command('list'))
    .description('Cost anomalies, largest impact first')
    .option('--status <status>', 'open or closed')
    .action(bind(anomalies as never));
  withRun(program.command('budgets').description('Limits, spend and forecast').command('show'))
    .description('The budget tree')
    .action(bind(budgets as never));
  const done = program.command('actions').description('What was done or would be');
  done
    .command('rollback <action...>')
    .description('Take executed actions back by their recorded rollback')
    .option('--reason <text>', 'why, for the audit trail')
    .action(bind(rollback as never));
  withRun(done.command('list'))
    .description('Actions and what became of them')
    .option('--status <status>')
    .action(bind(actions as never));
}

const recommendationColumns: readonly Column<RecommendationView>[] = [
  { title: 'CHECK', value: (one) => one.checkId },
  { title: 'RESOURCE', value: (one) => one.resource.id },
  { title: 'ACCOUNT', value: (one) => one.resource.accountId },
  { title: 'REGION', value: (one) => one.resource.region },
  { title: 'WHAT', value: (one) => one.title },
  { title: 'RISK', value: (one) => one.risk },
  { title: 'NET/MONTH', value: (one) => money(one.monthlySavingsNet), align: 'right' },
  { title: 'LIST/MONTH', value: (one) => money(one.monthlySavingsList), align: 'right' },
];

async function recommendations(cli: Cli, { run, check, account, ...rest }: Filters): Promise<void> {
  const query = { ...rest, runId: run, checkId: check, accountId: account };
  const { items } = await cli.client().call('listRecommendations', { query });
  answer(cli.terminal, items, () => table(items, recommendationColumns, 'No recommendations.'));
}

async function anomalies(cli: Cli, { run, ...rest }: Filters): Promise<void> {
  const { items } = await cli.client().call('listAnomalies', { query: { ...rest, runId: run } });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'ACCOUNT', value: (one) => one.scope.accountId },
        { title: 'SERVICE', value: (one) => one.scope.service },
        { title: 'KIND', value: (one) => one.kind },
        { title: 'PERIOD', value: (one) => period(one.period) },
        { title: 'EXPECTED', value: (one) => money(one.expected), align: 'right' },
        { title: 'ACTUAL', value: (one) => money(one.actual), align: 'right' },
        { title: 'IMPACT', value: (one) => money(one.impact), align: 'right' },
        { title: 'CAUSE', value: causeOf },
      ],
      'No anomalies.',
    ),
  );
}

async function budgets(cli: Cli, { run }: Filters): Promise<void> {
  const { items } = await cli.client().call('showBudgets', { query: { runId: run } });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'BUDGET', value: (one: BudgetView) => (one.parent === null ? one.name : `  ${one.name}`) },
        { title: 'LIMIT', value: (one) => money(one.limit), align: 'right' },
        { title: 'ACTUAL', value: (one) => money(one.actual), align: 'right' },
        { title: 'FORECAST', value: (one) => money(one.forecast), align: 'right' },
        { title: '80 % INTERVAL', value: (one) => `${money(one.forecastLow)} … ${money(one.forecastHigh)}` },
        { title: 'P(EXCEED)', value: (one) => percent(one.probabilityToExceed), align: 'right' },
        { title: 'STATUS', value: (one) => status(one.status) },
      ],
      'No budgets: add a `budgets` section to the configuration.',
    ),
  );
}

async function actions(cli: Cli, { run, ...rest }: Filters): Promise<void> {
  const { items } = await cli.client().call('listActions', { query: { ...rest, runId: run } });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'ACTION', value: (one) => one.actionId },
        { title: 'KIND', value: (one) => one.kind },
        { title: 'RESOURCE', value: (one) => placeOf(one.resourceArn).resource },
        { title: 'ACCOUNT', value: (one) => placeOf(one.resourceArn).account },
        { title: 'REGION', value: (one) => placeOf(one.resourceArn).region },
        { title: 'MODE', value: (one) => one.mode },
        { title: 'STATUS', value: (one) => status(one.status) },
        { title: 'SAVES/MONTH', value: (one) => money(one.monthlySavings), align: 'right' },
        { title: 'WAY BACK', value: wayBack },
      ],
      'No actions.',
    ),
  );
}

/** Kinds of steps; `--json` has all of each. */
const wayBack = ({ rollback: { possible, steps } }: ActionView): string =>
  possible ? steps.map((step) => step.split(' ')[0]).join(', ') : 'none';

/** `arn:aws:ec2:eu-west-1:111122223333:volume/vol-1` */
function placeOf(arn: string): { resource: string; account: string; region: string } {
  const [, , , region = '', account = '', ...rest] = arn.split(':');
  return { resource: rest.join(':').replace(/^[a-z-]+[/:]/, ''), account, region };
}

async function rollback(cli: Cli, actionIds: string[], { reason }: Filters): Promise<number> {
  const { cloud } = cli.config().config;
  const body = {
    cloud,
    actionIds,
    idempotencyKey: randomUUID(),
    ...(reason === undefined ? {} : { reason }),
  };
  const started = await cli.client().call('rollbackActions', { body });
  const run = await follow(cli, cli.client(), started.runId, { justStarted: true });
  answer(cli.terminal, run, () => rolledBack(run));
  return exitCodeOfRun(run.status, 0);
}

/** What became of each action, or why nothing did. */
function rolledBack({ id, status: state, outputs, error }: RunDetail): string {
  const { results = [] } = (outputs ?? {}) as { results?: readonly ActionResult[] };
  const lines = results.map(
    (one) => `${one.actionId} ${status(one.status)}${one.error ? `: ${one.error.message}` : ''}`,
  );
  return [...lines, ...(error ? [error.message] : []), `run ${id} ${status(state)}`].join('\n');
}
