import type { Command } from 'commander';
import type { ServiceView, TraceView } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { duration } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

const BAR = 40;

export function registerServices(program: Command, bind: Bind): void {
  const services = program.command('services').description('Running services');
  services.command('list').description('Instances with what they offer').action(bind(list));
  services
    .command('pools')
    .description('Pools of workers with readiness, load, latency, error rate and backlog')
    .action(bind(pools));
  program.command('trace <run>').description('The waterfall of a run, without Jaeger').action(bind(trace));
}

async function list(cli: Cli): Promise<void> {
  const { items } = await cli.client().call('listServices', {});
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'SERVICE', value: (one) => one.name },
        { title: 'INSTANCE', value: (one) => one.instance },
        { title: 'POOL', value: (one) => one.pool },
        { title: 'READY', value: (one) => (one.ready === false ? 'no' : 'yes') },
        { title: 'LOAD', value: (one) => loadOf(one) },
        { title: 'DONE', value: (one) => String(one.requests), align: 'right' },
        { title: 'ERRORS', value: (one) => String(one.errors), align: 'right' },
        { title: 'MEAN', value: (one) => duration(one.averageMs), align: 'right' },
        { title: 'TASKS', value: (one) => one.taskTypes.join(', ') },
      ],
      'No service answers.',
    ),
  );
}

const loadOf = ({ inFlight, concurrency }: ServiceView): string =>
  inFlight === undefined || concurrency === undefined ? '–' : `${inFlight}/${concurrency}`;

async function pools(cli: Cli): Promise<void> {
  const { items } = await cli.client().call('listPools', {});
  const share = (value: number): string => `${Math.round(value * 100)} %`;
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'SERVICE', value: (one) => one.service },
        { title: 'POOL', value: (one) => one.pool },
        { title: 'READY', value: (one) => `${one.workers}/${one.instances}`, align: 'right' },
        { title: 'LOAD', value: (one) => share(one.load), align: 'right' },
        { title: 'WAITING', value: (one) => String(one.lag), align: 'right' },
        {
          title: 'LATENCY',
          value: (one) => (one.latencyMs === null ? '–' : duration(one.latencyMs)),
          align: 'right',
        },
        { title: 'ERRORS', value: (one) => share(one.errorRate), align: 'right' },
        { title: 'TASKS', value: (one) => one.taskTypes.join(', ') },
      ],
      'No pools: the orchestrator knows no worker yet.',
    ),
  );
}

async function trace(cli: Cli, runId: string): Promise<void> {
  const waterfall = await cli.client().call('runTrace', { params: { runId } });
  answer(cli.terminal, waterfall, () => waterfallText(waterfall));
}

function waterfallText({ traceId, spans }: TraceView): string {
  const times = spans.flatMap((span) => [
    Date.parse(span.startedAt),
    Date.parse(span.endedAt ?? span.startedAt),
  ]);
  const start = Math.min(...times);
  const total = Math.max(1, Math.max(...times) - start);
  const width = Math.max(0, ...spans.map((span) => span.name.length));
  const lines = spans.map((span) => {
    const from = Date.parse(span.startedAt) - start;
    const took = Date.parse(span.endedAt ?? span.startedAt) - start - from;
    const before = Math.min(BAR - 1, Math.round((from / total) * BAR));
    const cells = Math.max(1, Math.min(BAR - before, Math.round((took / total) * BAR)));
    const colour = span.status === 'error' ? paint.red : paint.cyan;
    const line = ' '.repeat(before) + colour('█'.repeat(cells)) + ' '.repeat(BAR - before - cells);
    return `${span.name.padEnd(width)} ${line} ${duration(took).padStart(8)} ${paint.dim(span.service)}`;
  });
  return [`trace ${traceId}`, ...lines].join('\n');
}
