import { readFile } from 'node:fs/promises';
import { OrchestrationSettings } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { parse } from 'yaml';

/**
 * The section `orchestration` from its JSON text, or from a YAML file that is this section or has it; the defaults without
 * either. Throws `config.invalid` with every problem.
 */
export async function loadOrchestration(source: string | undefined): Promise<OrchestrationSettings> {
  if (source === undefined) return OrchestrationSettings.parse({});
  const text = source.trimStart().startsWith('{') ? source : await readFile(source, 'utf8');
  const parsed = OrchestrationSettings.safeParse(sectionIn(parse(text)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `orchestration.${path.join('.')}: ${message}`,
  );
  throw new AppError('config.invalid', `Correct the configuration:\n  ${problems.join('\n  ')}`, {
    details: { problems },
  });
}

const sectionIn = (content: unknown): unknown =>
  content !== null && typeof content === 'object' && 'orchestration' in content
    ? content.orchestration
    : (content ?? {});
