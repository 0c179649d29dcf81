import type { Command } from 'commander';
import type { PolicyReport } from '@trimtab/contracts';
import { compileRule } from '@trimtab/workflow';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { when } from '../output/format.js';
import { table } from '../output/table.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';

/** What a rule may read, as the orchestrator gives it. */
const RULE_ROOTS = ['task', 'pools', 'run'];

export function registerPolicies(program: Command, bind: Bind): void {
  const policies = program.command('policies').description('How tasks are routed, and what triggers change');
  policies.command('list').description('Policies and triggers, with what is on').action(bind(list));
  policies
    .command('validate')
    .description('Check the section orchestration of the configuration; tells every problem')
    .action(bind(validate));
}

async function list(cli: Cli): Promise<void> {
  const report = await cli.client().call('listPolicies', {});
  answer(cli.terminal, report, () => `${policiesText(report)}\n\n${triggersText(report)}`);
}

const policiesText = ({ policies, discovery }: PolicyReport): string =>
  table(
    policies,
    [
      { title: 'POLICY', value: (one) => one.name },
      { title: 'ALGORITHM', value: (one) => one.algorithm },
      { title: 'TASKS', value: (one) => [...one.tasks, ...(one.default ? ['(default)'] : [])].join(', ') },
      { title: 'POOLS', value: (one) => one.rule ?? (one.pools.join(', ') || 'all') },
      { title: 'ENABLED', value: (one) => (one.enabled ? 'yes' : 'no') },
    ],
    `No policies: every task goes to the default pool that offers its type (discovery: ${discovery}).`,
  );

const triggersText = ({ triggers }: PolicyReport): string =>
  table(
    triggers,
    [
      { title: 'TRIGGER', value: (one) => one.name },
      { title: 'WATCHES', value: (one) => `${one.metric} of ${one.service}` },
      { title: 'ON FROM', value: (one) => String(one.enter), align: 'right' },
      { title: 'OFF BELOW', value: (one) => String(one.leave), align: 'right' },
      { title: 'DOES', value: (one) => one.actions.join(', ') },
      { title: 'NOW', value: (one) => (one.on ? `on since ${when(one.since)}: ${one.reason ?? ''}` : 'off') },
    ],
    'No triggers.',
  );

/** The shape is checked when the configuration is read; here also what its rules say. */
async function validate(cli: Cli): Promise<void> {
  const { policies } = cli.config().config.orchestration;
  const problems = Object.entries(policies.named).flatMap(([name, { rule }]) => {
    const problem = rule === undefined ? undefined : problemIn(rule);
    return problem === undefined ? [] : [`orchestration.policies.named.${name}.rule: ${problem}`];
  });
  if (problems.length > 0)
    throw new AppError('config.invalid', `Correct the configuration:\n  ${problems.join('\n  ')}`, {
      details: { problems },
    });
  const count = Object.keys(policies.named).length;
  answer(
    cli.terminal,
    { valid: true, policies: count },
    () => `The configuration is valid: ${count} policies.`,
  );
}

function problemIn(rule: string): string | undefined {
  try {
    compileRule(rule, RULE_ROOTS);
    return undefined;
  } catch (error) {
    return toErrorInfo(error).message;
  }
}
