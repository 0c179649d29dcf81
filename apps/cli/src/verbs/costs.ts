import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { withStack } from '../stack/with-stack.js';
import { table } from '../output/table.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';

export function registerCosts(program: Command, bind: Bind): void {
  program
    .command('costs')
    .description('Cost data')
    .command('import <file>')
    .description('Import a FOCUS bill (CSV, CSV.gz or Parquet); the same file twice changes nothing')
    .option('--source <name>', 'name of the bill’s source; a newer file replaces its billing periods')
    .action(bind(importFile as never));
}

/** Uses the running stack, or starts the part that is needed for this import and stops it again. */
async function importFile(cli: Cli, file: string, { source }: { source?: string }): Promise<void> {
  const path = resolve(file);
  if (!existsSync(path)) throw new AppError('cli.usage', `There is no file ${path}.`);
  const body = { path, ...(source === undefined ? {} : { source }) };
  const result = await withStack(cli, ['discovery', 'gateway'], (client) =>
    client.call('importCosts', { body }),
  );
  answer(cli.terminal, result, () =>
    [
      `${result.status}: ${result.rows} rows of ${result.source} (${result.format})`,
      table(
        result.totals,
        [
          { title: 'CURRENCY', value: (one) => one.currency },
          { title: 'BILLED', value: (one) => one.billedCost, align: 'right' },
          { title: 'EFFECTIVE', value: (one) => one.effectiveCost, align: 'right' },
        ],
        'no rows',
      ),
      ...result.billingPeriods.map(
        (one) => `${one.start} … ${one.end}: ${one.rows} rows${one.replaced ? ', replaced' : ''}`,
      ),
    ].join('\n'),
  );
}
