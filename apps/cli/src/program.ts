import { Command, CommanderError } from 'commander';
import type { Cli } from './context.js';
import { cliOf } from './context.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { sayFailure } from './output/failure.js';
import { registerPlugins } from './plugins.js';
import { registerAnalytics } from './verbs/analytics.js';
import { registerApprovals } from './verbs/approvals.js';
import { registerConfig } from './verbs/config.js';
import { registerCosts } from './verbs/costs.js';
import { registerDeadLetters } from './verbs/dead-letters.js';
import { registerDoctor } from './verbs/doctor.js';
import { registerEvents } from './verbs/events.js';
import { registerExplain } from './verbs/explain.js';
import { registerFindings } from './verbs/findings.js';
import { registerIncidents } from './verbs/incidents.js';
import { registerPolicies } from './verbs/policies.js';
import { registerReport } from './verbs/report.js';
import { registerRun } from './verbs/run.js';
import { registerRuns } from './verbs/runs.js';
import { registerSchedules } from './verbs/schedules.js';
import { registerServices } from './verbs/services.js';
import { registerStack } from './verbs/stack.js';

/** A verb's work; a number is its exit code, nothing is 0. */
export type Verb = (cli: Cli, ...args: never[]) => Promise<number | void>;

/** Turns a verb into what the parser calls: the context first, errors in one place. */
export type Bind = (
  verb: (cli: Cli, ...args: string[]) => Promise<number | void>,
) => (...args: unknown[]) => Promise<void>;

const EXAMPLES = `
Examples:
  $ trimtab demo                          a simulated company, one dry run, the summary
  $ trimtab up                            start the stack against your cloud account
  $ trimtab run --region eu-west-1        find waste there, dry run
  $ trimtab recommendations list --json   what was found, for programs
Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 partial, 130 interrupted`;

function globalFlags(program: Command): Command {
  return program
    .option('--json', 'data as JSON on stdout')
    .option('--config <file>', 'configuration file (default: trimtab.yaml when it is there)')
    .option('--env <name>', 'environment whose overrides apply')
    .option('--set <name=value>', 'override one setting', (value: string, all: string[] = []) => [
      ...all,
      value,
    ])
    .option('--gateway <url>', 'gateway to talk to (default: the local stack)')
    .option('--data-dir <dir>', 'where the local stack keeps its data (default: .trimtab)')
    .option('--debug', 'show causes and stack traces');
}

/** Runs the command line and returns its exit code. */
export async function runCli(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let code: number = EXIT.ok;
  const program = globalFlags(new Command('trimtab'))
    .description('Finds what a cloud bill wastes, proves it, and removes it safely')
    .version('0.1.0')
    .showHelpAfterError('(see --help)')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  const bind: Bind =
    (verb) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      const cli = cliOf(command, env);
      const values = args.slice(0, -2) as string[];
      code =
        (await verb(cli, ...values, command.opts() as never).catch((error: unknown) => report(cli, error))) ??
        code;
    };
  for (const register of registrations) register(program, bind);
  await registerPlugins(program, bind, argv, env);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return code;
}

const registrations = [
  registerStack,
  registerRun,
  registerRuns,
  registerSchedules,
  registerApprovals,
  registerFindings,
  registerReport,
  registerCosts,
  registerConfig,
  registerEvents,
  registerDeadLetters,
  registerIncidents,
  registerServices,
  registerPolicies,
  registerExplain,
  registerAnalytics,
  registerDoctor,
];

function report(cli: Cli, error: unknown): number {
  sayFailure(cli.terminal, error);
  return exitCodeOf(error);
}
