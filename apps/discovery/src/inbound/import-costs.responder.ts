import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { subjects } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { ServiceRuntime } from '@trimtab/service';
import { ImportCosts, ImportCostsRequest } from '../handlers/import-costs.js';

/** Bills are large and DuckDB uses its own threads: more at once would only wait for each other. */
const AT_ONCE = 2;

/** Answers `trimtab.ask.discovery.import-costs`, after the import is committed; the returned function stops it. */
export async function answerImports(
  app: INestApplicationContext,
  runtime: ServiceRuntime,
): Promise<() => Promise<void>> {
  const commands = app.get(CommandBus);
  const responding = runtime.messaging.respond(
    subjects.ask('discovery', 'import-costs'),
    runtime.name,
    ({ data }) => commands.execute(new ImportCosts(parse(data))),
    { concurrency: AT_ONCE },
  );
  await responding.ready;
  return () => responding.stop();
}

function parse(data: unknown): ImportCostsRequest {
  const parsed = ImportCostsRequest.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'costs.invalid-request',
    'Ask with { path, source? } for a file on this machine, or { artifact, source? }.',
    { details: { problems: parsed.error.issues.map((issue) => issue.message) } },
  );
}
