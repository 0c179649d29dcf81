import type { Messaging } from '@trimtab/messaging';
import { servicesOn } from './service-info.js';

export interface OfferedText {
  readonly source: string;
  readonly text: string;
}

/** Definitions that running services tell of in `metadata.workflows` of `$SRV.INFO`: YAML documents, `---` between them. */
export class OfferedDefinitions {
  constructor(private readonly messaging: Messaging) {}

  async all(): Promise<OfferedText[]> {
    return (await servicesOn(this.messaging)).flatMap(({ name, metadata: { workflows } }) => {
      if (typeof workflows !== 'string') return [];
      const texts = workflows.split(/^---$/m).filter((text) => text.trim() !== '');
      return texts.map((text, i) => ({ source: `service ${name} #${i + 1}`, text }));
    });
  }
}
