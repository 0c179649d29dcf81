import type { ReportFormat } from '@trimtab/contracts';
import type { z } from 'zod';
import type { Summary } from './summary.js';

/** Turns a summary into one document. */
export abstract class Renderer {
  abstract readonly format: z.infer<typeof ReportFormat>;
  abstract readonly mediaType: string;
  abstract render(summary: Summary): string;
}

/** Every format that a report is made in. */
export class Renderers {
  constructor(readonly all: readonly Renderer[]) {}
}
