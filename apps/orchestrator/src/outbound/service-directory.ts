import type { Sighting } from '../domain/routing/instance-tracking.js';

/** Somewhere that knows which services run. */
export abstract class ServiceDirectory {
  /** `nats` or `consul`; part of what it says. */
  abstract readonly source: Sighting['source'];
  /** Who is there now. Throws (later) when that cannot be learnt: then nothing is known, not "nobody is there". */
  abstract look(): Promise<readonly Sighting[]>;
  /** Ends what it does in the background. */
  stop(): void {}
}

/** Names become parts of subjects: what is no plain name is nobody's. */
export const isName = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);

/** Task types as one line of text, as metadata has them. */
export const taskTypesIn = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');
