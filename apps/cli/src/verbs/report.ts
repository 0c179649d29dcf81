import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';

const EXTENSIONS: Readonly<Record<string, string>> = { html: 'html', md: 'md', markdown: 'md', json: 'json' };

interface ReportOptions {
  readonly run?: string;
  readonly format: string;
  readonly out: string;
}

export function registerReport(program: Command, bind: Bind): void {
  program
    .command('report')
    .description('Write the executive summary of a run to files')
    .option('--run <id>', 'of this run (default: the newest report)')
    .option('--format <list>', 'html, md, json', 'html,md,json')
    .option('--out <dir>', 'folder to write to; made when it is not there', '.')
    .action(bind(report as never));
}

async function report(cli: Cli, { run, format, out }: ReportOptions): Promise<void> {
  const formats = format.split(',').map((one) => one.trim());
  const unknown = formats.filter((one) => !(one in EXTENSIONS));
  if (unknown.length > 0)
    throw new AppError('cli.usage', `No such format: ${unknown.join(', ')}; take html, md or json.`);
  const client = cli.client();
  const { items } = await client.call('listReports', { query: { runId: run } });
  const newest = items[0];
  if (!newest) throw new AppError('report.not-found', 'There is no report yet: `trimtab run` makes one.');
  const files: string[] = [];
  mkdirSync(out, { recursive: true });
  for (const one of formats) {
    const extension = EXTENSIONS[one] ?? one;
    const text = await client.read('readReport', {
      params: { runId: newest.runId, format: extension === 'md' ? 'markdown' : extension },
    });
    const file = resolve(join(out, `trimtab-${newest.runId}.${extension}`));
    writeFileSync(file, text);
    files.push(file);
  }
  answer(cli.terminal, { runId: newest.runId, files }, () => files.join('\n'));
}
