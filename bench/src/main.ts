/** `npm run bench -- orchestrator`: what the engine costs, beside its floor and, if asked for, beside others. */
import { Ground } from './ground.js';
import { measure, say } from './measure.js';
import { parseOptions } from './options.js';
import type { Options } from './options.js';
import { tableOf } from './report.js';
import { profileEngine, profileTable } from './sections/profile.js';

async function main(options: Options): Promise<void> {
  const ground = await Ground.open();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void ground.close().finally(() => process.exit(130)));
  }
  try {
    const printed = options.profile ? await profile(ground, options) : await report(ground, options);
    process.stdout.write(`${printed}\n`);
  } finally {
    await ground.close();
  }
}

async function report(ground: Ground, options: Options): Promise<string> {
  const found = await measure(ground, options);
  return options.json ? JSON.stringify(found, null, 2) : tableOf(found);
}

async function profile(ground: Ground, { telemetry, stored, quick, json }: Options): Promise<string> {
  const profiles = await profileEngine(ground, { telemetry, stored }, quick ? 5_000 : 15_000);
  return json ? JSON.stringify(profiles, null, 2) : profileTable(profiles);
}

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
process.exit();
