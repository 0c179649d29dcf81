import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { TrimtabClient } from '@trimtab/client';
import { AppError } from '@trimtab/kernel';
import type { LoadedConfig } from './config/load.js';
import { loadConfig } from './config/load.js';
import type { Setting } from './config/origins.js';
import type { Terminal } from './output/terminal.js';
import { terminal } from './output/terminal.js';
import { nearestStack } from './stack/stack-file.js';

interface GlobalOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly config?: string;
  readonly env?: string;
  readonly gateway?: string;
  readonly dataDir?: string;
  readonly set?: string[];
}

/** What every verb works with: the terminal, the gateway and the configuration, by the global flags. */
export interface Cli {
  readonly terminal: Terminal;
  readonly dataDir: string;
  /** Whether a gateway was named by flag or variable. */
  readonly gatewayGiven: boolean;
  client(): TrimtabClient;
  config(flags?: readonly Setting[], defaults?: Record<string, unknown>): LoadedConfig;
}

export function cliOf(command: Command, env: NodeJS.ProcessEnv): Cli {
  const options = command.optsWithGlobals<GlobalOptions>();
  const dataDir = resolve(options.dataDir ?? env['TRIMTAB_DATA_DIR'] ?? '.trimtab');
  return {
    terminal: terminal({ json: options.json ?? false, debug: options.debug ?? false }),
    dataDir,
    gatewayGiven: (options.gateway ?? env['TRIMTAB_GATEWAY_URL']) !== undefined,
    client: () => new TrimtabClient(gatewayUrl(options.gateway ?? env['TRIMTAB_GATEWAY_URL'], dataDir)),
    config: (flags = [], defaults = nearestStack(dataDir)?.defaults) =>
      loadConfig({
        ...(options.config ? { file: options.config } : {}),
        ...(options.env ? { environment: options.env } : {}),
        env,
        flags: [...flags, ...(options.set ?? []).map(settingOf)],
        ...(defaults ? { defaults } : {}),
      }),
  };
}

/** The gateway that was named, else the one of the local stack. */
function gatewayUrl(given: string | undefined, dataDir: string): string {
  if (given !== undefined) return given.replace(/\/$/, '');
  const stack = nearestStack(dataDir);
  if (stack) return stack.gatewayUrl;
  const message =
    'No stack is running here: start one with `trimtab up`, or name a gateway with --gateway URL.';
  throw new AppError('gateway.unreachable', message, { retry: 'later' });
}

/** `--set scan.lookbackDays=30` */
function settingOf(text: string): Setting {
  const cut = text.indexOf('=');
  if (cut < 1)
    throw new AppError(
      'cli.usage',
      `--set takes NAME=VALUE, for example scan.lookbackDays=30; got "${text}".`,
    );
  const path = text.slice(0, cut).split('.');
  return {
    path,
    value: parse(text.slice(cut + 1)),
    origin: { from: 'flag', flag: `--set ${text.slice(0, cut)}` },
  };
}
