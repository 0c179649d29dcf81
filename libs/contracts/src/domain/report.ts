import { z } from 'zod';
import { ArtifactRefSchema } from './common.js';

export const ReportFormat = z.enum(['html', 'markdown', 'json']);
export const ReportIndex = z.object({
  id: z.string(),
  runId: z.string(),
  title: z.string(),
  formats: z.array(z.object({ format: ReportFormat, artifact: ArtifactRefSchema })),
});
export type ReportIndex = z.infer<typeof ReportIndex>;
