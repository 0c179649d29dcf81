import type { Command } from 'commander';
import type { Incident } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { status, when } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

export function registerIncidents(program: Command, bind: Bind): void {
  const incidents = program.command('incidents').description('What the engine could not put right by itself');
  incidents
    .command('list')
    .description('Incidents, the open ones first')
    .option('--status <status>', 'open or resolved')
    .option('--limit <n>', 'how many', '50')
    .action(bind(list as never));
  incidents.command('show <id>').description('One incident with its details').action(bind(show));
  incidents
    .command('resolve <id>')
    .description('Close an incident that was dealt with')
    .option('--reason <text>', 'what was done, for the audit trail')
    .action(bind(resolve as never));
}

async function list(cli: Cli, query: Record<string, string>): Promise<void> {
  const { items } = await cli.client().call('listIncidents', { query });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'ID', value: (one) => one.id },
        { title: 'KIND', value: (one) => one.kind },
        { title: 'STATUS', value: (one) => status(one.status) },
        { title: 'RAISED (UTC)', value: (one) => when(one.raisedAt) },
        { title: 'REPAIRS', value: (one) => String(one.repairs), align: 'right' },
        { title: 'WHAT', value: (one) => one.message },
      ],
      'No incidents.',
    ),
  );
}

async function show(cli: Cli, id: string): Promise<void> {
  print(cli, await cli.client().call('showIncident', { params: { id } }));
}

async function resolve(cli: Cli, id: string, options: { reason?: string }): Promise<void> {
  print(cli, await cli.client().call('resolveIncident', { params: { id }, body: { ...options } }));
}

const print = (cli: Cli, incident: Incident): void =>
  answer(cli.terminal, incident, () => incidentText(incident));

function incidentText({ id, kind, runId, details, ...rest }: Incident): string {
  const facts = {
    kind,
    ...(runId === null ? {} : { run: runId }),
    raised: `${when(rest.raisedAt)} UTC, last seen ${when(rest.lastSeenAt)}`,
    repairs: String(rest.repairs),
    ...(rest.resolvedBy === null
      ? {}
      : {
          resolved: `${when(rest.resolvedAt)} UTC by ${rest.resolvedBy}: ${rest.resolution ?? 'no reason given'}`,
        }),
  };
  return [
    `${paint.bold(id)} ${status(rest.status)}`,
    rest.message,
    '',
    ...Object.entries(facts).map(([name, value]) => `  ${name.padEnd(8)} ${value}`),
    ...(Object.keys(details).length === 0 ? [] : ['', paint.dim(JSON.stringify(details, null, 2))]),
  ].join('\n');
}
