import type { Artifacts } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { ArtifactRef } from '@trimtab/kernel';
import type { z } from 'zod';

/**
 * The rows of NDJSON artifacts, each checked by its contract; none for no reference.
 * Throws `artifact.invalid-row` (never) with the artifact, the line and every problem of the first row that breaks it.
 */
export async function readRows<Schema extends z.ZodType>(
  artifacts: Artifacts,
  from: ArtifactRef | readonly ArtifactRef[] | null,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const rows: z.output<Schema>[] = [];
  for (const artifact of [from ?? []].flat()) {
    let line = 0;
    for await (const row of artifacts.readNdjson(artifact)) {
      line += 1;
      const parsed = schema.safeParse(row);
      if (!parsed.success) throw invalidRow(artifact.ref, line, parsed.error);
      rows.push(parsed.data);
    }
  }
  return rows;
}

const invalidRow = (ref: string, line: number, cause: z.ZodError): AppError =>
  new AppError(
    'artifact.invalid-row',
    `Line ${line} of ${ref} breaks its contract: its producer must be of the same version; run the step that made it again.`,
    {
      details: { problems: cause.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) },
      cause,
    },
  );
