import { Renderer } from '../domain/renderer.js';
import type { Summary } from '../domain/summary.js';

export class JsonRenderer extends Renderer {
  readonly format = 'json' as const;
  readonly mediaType = 'application/json';

  override render(summary: Summary): string {
    return JSON.stringify(summary, null, 2);
  }
}
