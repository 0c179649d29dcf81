import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError } from '@trimtab/kernel';
import { stringify } from 'yaml';
import { DEFAULT_FILE, explainConfig } from '../config/load.js';
import { describeOrigin } from '../config/origins.js';
import { variableOf } from '../config/environment.js';
import { EXAMPLE } from '../config/example.js';
import type { Cli } from '../context.js';
import { shortened } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

export function registerConfig(program: Command, bind: Bind): void {
  const config = program.command('config').description('The configuration and where it comes from');
  config.command('init [file]').description(`Write a commented ${DEFAULT_FILE}`).action(bind(init));
  config
    .command('validate')
    .description('Check file, environment and flags; every problem at once')
    .action(bind(validate));
  config
    .command('show')
    .description('The configuration that is in force')
    .option('--origin', 'say where each value comes from')
    .action(bind(show as never));
}

async function init(cli: Cli, file = DEFAULT_FILE): Promise<void> {
  if (existsSync(file))
    throw new AppError('cli.usage', `${file} exists already: name another file, or edit it.`);
  writeFileSync(file, EXAMPLE);
  answer(
    cli.terminal,
    { file },
    () => `wrote ${file}: fill in cloud.accounts, then \`trimtab config validate\``,
  );
}

async function validate(cli: Cli): Promise<void> {
  const { file, environment } = cli.config();
  answer(cli.terminal, { valid: true, file, environment }, () =>
    [paint.green('valid'), file ?? '(no file)', ...(environment === undefined ? [] : [environment])].join(
      ' ',
    ),
  );
}

async function show(cli: Cli, { origin }: { origin?: boolean }): Promise<void> {
  const loaded = cli.config();
  if (!origin) return answer(cli.terminal, loaded.config, () => stringify(loaded.config).trimEnd());
  const rows = explainConfig(loaded);
  answer(cli.terminal, rows, () =>
    table(
      rows,
      [
        { title: 'SETTING', value: (row) => row.path },
        { title: 'VALUE', value: (row) => shortened(JSON.stringify(row.value)) },
        { title: 'FROM', value: (row) => describeOrigin(row.origin) },
        { title: 'VARIABLE', value: (row) => paint.dim(variableOf(row.path.split('.'))) },
      ],
      '',
    ),
  );
}
