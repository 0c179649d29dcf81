import type { Command } from 'commander';
import type { Cli } from '../context.js';
import { status } from '../output/format.js';
import { table } from '../output/table.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { diagnose } from '../doctor/diagnose.js';

export function registerDoctor(program: Command, bind: Bind): void {
  program
    .command('doctor')
    .description(
      'Check versions, configuration, credentials, permissions, NATS and Postgres; say what to fix',
    )
    .action(bind(doctor));
}

async function doctor(cli: Cli): Promise<number> {
  const findings = await diagnose(cli);
  answer(cli.terminal, findings, () =>
    table(
      findings,
      [
        { title: 'CHECK', value: (one) => one.check },
        { title: 'STATUS', value: (one) => status(one.status) },
        { title: 'DETAIL', value: (one) => one.detail },
        { title: 'WHAT TO DO', value: (one) => one.fix ?? '' },
      ],
      '',
    ),
  );
  return findings.some((one) => one.status === 'failed') ? 1 : 0;
}
