import type { Messaging } from '@trimtab/messaging';

export interface OfferedText {
  readonly source: string;
  readonly text: string;
}

const ANSWERS_WITHIN_MS = 400;

/** Definitions that running services tell of in `metadata.workflows` of `$SRV.INFO`: YAML documents, `---` between them. */
export class OfferedDefinitions {
  constructor(private readonly messaging: Messaging) {}

  async all(): Promise<OfferedText[]> {
    const answers = await this.messaging.nc.requestMany('$SRV.INFO', '', {
      strategy: 'timer',
      maxWait: ANSWERS_WITHIN_MS,
    });
    const offered: OfferedText[] = [];
    for await (const answer of answers) offered.push(...offeredIn(answer.string()));
    return offered;
  }
}

/** Anybody may answer on `$SRV`: what is no JSON offers nothing. */
function offeredIn(text: string): OfferedText[] {
  try {
    const { name, metadata } = JSON.parse(text) as { name?: unknown; metadata?: { workflows?: unknown } };
    if (typeof metadata?.workflows !== 'string') return [];
    const texts = metadata.workflows.split(/^---$/m).filter((one) => one.trim() !== '');
    return texts.map((one, i) => ({ source: `service ${String(name)} #${i + 1}`, text: one }));
  } catch {
    return [];
  }
}
