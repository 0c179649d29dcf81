import type { Command } from 'commander';
import type { TraceView } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { duration } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

const BAR = 40;

export function registerServices(program: Command, bind: Bind): void {
  program
    .command('services')
    .description('Running services')
    .command('list')
    .description('Instances with what they offer')
    .action(bind(list));
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
        { title: 'TASKS', value: (one) => one.taskTypes.join(', ') },
        { title: 'DONE', value: (one) => String(one.requests), align: 'right' },
        { title: 'ERRORS', value: (one) => String(one.errors), align: 'right' },
        { title: 'MEAN', value: (one) => duration(one.averageMs), align: 'right' },
      ],
      'No service answers.',
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
